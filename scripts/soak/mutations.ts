/**
 * Puts one small fault after another into a copy of the checkout, and sees whether the tests find it.
 *
 * Run: `deno task soak mutations`; exit 1 when more than MAY_MISS are missed, or a fault no longer fits the code.
 */
import { join } from "@std/path";
import { print } from "../demo/status_line.ts";
import { copyCheckout } from "./copy_checkout.ts";
import { type Fault, FAULTS } from "./mutations/faults.ts";

/** The last one: puts the changed function or view in place of the sound one. */
const MIGRATION = "supabase/migrations/99991231235959_fault.sql";
/** Faults the tests may miss. */
const MAY_MISS = 2;

async function main(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "pixelpop-mutations-" });
  try {
    await copyCheckout(folder);
    const tests = [...new Set(FAULTS.flatMap((fault) => fault.tests))];
    const sound = await runTests(folder, tests);
    if (!sound.success) throw new Error(`The tests fail without a fault:\n${sound.output}`);
    let missed = 0;
    for (const [index, fault] of FAULTS.entries()) {
      const isFound = await tryFault(folder, fault);
      if (!isFound) missed++;
      const change = `${JSON.stringify(fault.from)} -> ${JSON.stringify(fault.to)}`;
      print(`${isFound ? "found " : "MISSED"} ${index + 1} ${fault.file}: ${change}\n`);
    }
    print(`${FAULTS.length - missed} of ${FAULTS.length} faults found\n`);
    return missed <= MAY_MISS;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a test fails by the fault; the copy is as before afterwards. */
async function tryFault(folder: string, { file, from, to, tests }: Fault): Promise<boolean> {
  const text = await Deno.readTextFile(join(folder, file));
  if (text.split(from).length !== 2) throw new Error(`${file} has not exactly once: ${from}`);
  const changed = text.replace(from, () => to);
  const migration = join(folder, MIGRATION);
  await Deno.writeTextFile(join(folder, file), changed);
  if (file.endsWith(".sql")) {
    await Deno.writeTextFile(
      migration,
      changed.replaceAll(/^create (function|view)/gm, "create or replace $1"),
    );
  }
  try {
    const { success } = await runTests(folder, tests);
    return !success;
  } finally {
    await Deno.writeTextFile(join(folder, file), text);
    if (file.endsWith(".sql")) await Deno.remove(migration);
  }
}

async function runTests(
  folder: string,
  filters: readonly string[],
): Promise<{ success: boolean; output: string }> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/test.ts", ...filters],
    cwd: folder,
    stdin: "null",
    stderr: "inherit",
  }).output();
  return { success, output: new TextDecoder().decode(stdout) };
}

if (import.meta.main) Deno.exit(await main() ? 0 : 1);
