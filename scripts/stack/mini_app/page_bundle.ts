/** The page's script: its TypeScript modules and supabase-js as one file, made by Deno. */
import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../../../", import.meta.url));
const ENTRY = fromFileUrl(new URL("../../../mini_app/main.ts", import.meta.url));

/** Bundles the page's script. @throws {Error} See {@link bundleModule}. */
export function bundlePage(): Promise<string> {
  return bundleModule(ENTRY);
}

/**
 * Bundles a module by its path, with all it imports; takes about a second.
 *
 * @throws {Error} With the compiler's words, when it fails.
 */
export async function bundleModule(entry: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--platform", "browser", "--minify", entry],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Cannot bundle "${entry}": ${decoder.decode(stderr).trim()}`);
}
