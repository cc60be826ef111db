/** Programs that some tests need: where one is missing its tests are skipped, and a line says so. */

const NOTES = {
  "redis-server": "No redis-server on PATH: the tests that need Redis are skipped",
  chromium: "No chromium on PATH: the tests in a browser are skipped",
  node: "No node on PATH: the watch in Node.js is skipped",
};

/** A line for each program that is not on PATH. */
export async function findMissingPrograms(): Promise<string[]> {
  const missing: string[] = [];
  for (const [program, note] of Object.entries(NOTES)) {
    const found = await new Deno.Command("sh", {
      args: ["-c", `command -v ${program}`],
      stdout: "null",
    }).output();
    if (!found.success) missing.push(note);
  }
  return missing;
}
