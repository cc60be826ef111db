// For reaper_test.ts: started by itself under another Deno, says when that one is gone.
import { onLauncherGone } from "../launcher.ts";

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (Deno.args[0] === "launch") {
  new Deno.Command(Deno.execPath(), { args: ["run", "-A", import.meta.filename ?? ""] }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}
onLauncherGone(() => {
  say("gone");
  Deno.exit(0);
});
say(String(Deno.pid));
await new Promise((resolve) => setTimeout(resolve, 60_000));
