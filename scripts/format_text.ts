/** Formats generated text as `deno fmt` would. */

/**
 * Gives `text` formatted; without our config, whose `exclude` would leave some of it as it is.
 *
 * @throws {Error} With the formatter's own words when it cannot.
 */
export async function formatText(text: string, extension: "ts" | "md" | "json"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--line-width", "100", "--ext", extension, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot format the text: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
