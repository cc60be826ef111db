# Cleans up after a process that ended without doing so. Arguments: the reaper's own folder.
# Standard input is a pipe held open by that process; it closes with it, however it ends.
trap '' INT TERM HUP QUIT PIPE

read -r word && [ "$word" = close ] && exit 0

# State and start time (in clock ticks) of process $1; nothing without /proc.
describe() {
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 1,20
}

# Prints the processes still there, by their files `pids/<name>` of "<pid> <start time>".
alive() {
  for file in "$1"/pids/*; do
    [ -f "$file" ] || continue
    read -r pid started <"$file"
    kill -0 "$pid" 2>/dev/null || continue
    # Not a zombie, nor another process that came by the same number.
    case "$(describe "$pid")" in
      Z* | X*) continue ;;
      *" $started" | "") echo "$pid" ;;
    esac
  done
}

# SIGINT is an orderly but quick end for Postgres, Redis and Deno alike: three seconds for it.
for signal in INT QUIT KILL; do
  patience=10
  [ "$signal" = INT ] && patience=30
  for pid in $(alive "$1"); do kill -s "$signal" "$pid" 2>/dev/null; done
  tries=0
  while [ -n "$(alive "$1")" ] && [ "$tries" -lt "$patience" ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
done

# Before what they are copies of: a copy that somebody has replaced meanwhile is not ours any more. Ours
# gives way to one of another original, `<copy>.<number>`, the latest.
[ -f "$1/copies" ] && while IFS= read -r copy && IFS= read -r original; do
  cmp -s -- "$copy" "$original" || continue
  rm -f -- "$original"
  other=$(ls -t -- "$copy".* 2>/dev/null | grep -E '\.[0-9]+$' | head -n 1)
  if [ -n "$other" ] && cp -p -- "$other" "$copy.$$.draft"; then
    mv -f -- "$copy.$$.draft" "$copy"
  else
    rm -f -- "$copy"
  fi
done <"$1/copies"

[ -f "$1/remove" ] && while IFS= read -r path; do rm -rf -- "$path"; done <"$1/remove"
rm -rf -- "$1"
