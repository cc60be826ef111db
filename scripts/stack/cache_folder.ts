/** The folder of this machine that keeps what is costly to make again; it may be deleted any time. */
import { join } from "@std/path";

/**
 * Opens the folder, making it: `pixelpop` in the user's cache folder; for root in `/var/cache`, as
 * root's Postgres runs under another account, which must be able to read it.
 *
 * @throws {Error} When no folder can be made that belongs to us.
 */
export async function openCacheFolder(): Promise<string> {
  const failures: string[] = [];
  for (const folder of candidates()) {
    try {
      await Deno.mkdir(folder, { recursive: true });
      const { uid, mode, isSymlink } = await Deno.lstat(folder);
      // Somebody else's folder could hold somebody else's programs.
      if (uid !== Deno.uid() || isSymlink) throw new Error(`"${folder}" is not our own folder`);
      if (((mode ?? 0) & 0o777) !== 0o755) await Deno.chmod(folder, 0o755);
      return folder;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`Cannot make a cache folder: ${failures.join("; ")}`);
}

function candidates(): string[] {
  const fallback = `/tmp/pixelpop-cache-${Deno.uid()}`;
  if (Deno.uid() === 0) return ["/var/cache/pixelpop", fallback];
  const home = Deno.env.get("HOME");
  const own = Deno.env.get("XDG_CACHE_HOME") || (home ? join(home, ".cache") : undefined);
  return own === undefined ? [fallback] : [join(own, "pixelpop"), fallback];
}
