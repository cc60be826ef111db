/** Names the sources of the functions, so that what is deployed already is not deployed again. */
import { encodeHex } from "@std/encoding/hex";
import { listFiles } from "../list_files.ts";

const ROOT = new URL("../../supabase/", import.meta.url);
/** Not part of what is deployed. */
const LEFT_OUT = /^functions\/(tests\/|\.env|\S*\.md$)/;

/** A hash over every file of supabase/functions that is deployed, and over config.toml. */
export async function hashFunctionSources(root: URL = ROOT): Promise<string> {
  const paths = ["config.toml", ...await listFiles(root, "functions")];
  const wanted = paths.filter((path) => !LEFT_OUT.test(path)).sort();
  const lines = await Promise.all(wanted.map(async (path) => {
    const bytes = await Deno.readFile(new URL(path, root));
    return `${path} ${await sha256(bytes)}`;
  }));
  return await sha256(new TextEncoder().encode(lines.join("\n")));
}

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeHex(await crypto.subtle.digest("SHA-256", bytes));
}
