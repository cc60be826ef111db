/** The page's script: its TypeScript modules and supabase-js as one file, made by Deno. */
import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../../../", import.meta.url));
const ENTRY = fromFileUrl(new URL("./page/main.ts", import.meta.url));

/**
 * Bundles; takes about a second.
 *
 * @throws {Error} With the compiler's words, when it fails.
 */
export async function bundlePage(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--platform", "browser", "--minify", ENTRY],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Cannot bundle the page: ${decoder.decode(stderr).trim()}`);
}
