/** A port that stays the same as long as the data does, so that addresses in the data stay good. */
import { join } from "@std/path";
import { claimPort } from "./ports.ts";

/**
 * Gives the port noted in a folder, or a free one that is then noted: at the first time, and when
 * somebody else has the port meanwhile.
 *
 * @param name Of the file with the number.
 */
export async function keepPort(folder: string, name: string): Promise<number> {
  const path = join(folder, name);
  const noted = Number(await Deno.readTextFile(path).catch(() => "0"));
  const port = tryPort(noted) ?? claimPort(0);
  if (port !== noted) await Deno.writeTextFile(path, `${port}\n`);
  return port;
}

function tryPort(port: number): number | undefined {
  try {
    return port > 0 ? claimPort(port) : undefined;
  } catch {
    return undefined;
  }
}
