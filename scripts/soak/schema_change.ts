/**
 * The newcomer's exercise: a column that owners of generations may read, by one edited schema file,
 * `deno task db:diff` and `deno task gen:types`, in a copy of the checkout.
 *
 * Run: `deno task soak schema_change`; exit 1 when it does not go as docs/architecture.md says.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { print } from "../demo/status_line.ts";
import { copyCheckout } from "./copy_checkout.ts";

const TABLE = "supabase/schemas/30_generations/tables/generations.sql";

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pixelpop-schema-change-" });
  try {
    await copyCheckout(folder);
    const table = join(folder, TABLE);
    const text = await Deno.readTextFile(table);
    await Deno.writeTextFile(
      table,
      text
        .replace("  deleted_at timestamptz,\n", "  deleted_at timestamptz,\n  seed bigint,\n")
        .replace("\n) on table public.generations to authenticated", ", seed$&"),
    );
    const started = Date.now();
    await runTask(folder, ["db:diff", "add_seed_to_generations"]);
    await runTask(folder, ["gen:types"]);
    const seconds = (Date.now() - started) / 1000;

    const migrations = await Array.fromAsync(Deno.readDir(join(folder, "supabase/migrations")));
    const made = migrations.map(({ name }) => name).filter((name) => name.includes("add_seed"));
    assertEquals(made.length, 1);
    const migration = await Deno.readTextFile(
      join(folder, "supabase/migrations", made[0] ?? ""),
    );
    assertStringIncludes(migration, 'ADD COLUMN "seed" bigint');
    assertStringIncludes(migration, 'GRANT SELECT ("seed")');
    const types = await Deno.readTextFile(
      join(folder, "supabase/functions/_shared/db/types.ts"),
    );
    assert(/\bseed"?: number \| null/.test(types), "the types have the column");
    assertStringIncludes(await runTask(folder, ["db:diff"]), "in step");
    print(`A column by three commands: ${seconds.toFixed(1)} s\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runTask(folder: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", ...args],
    cwd: folder,
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout);
  if (success) return output;
  throw new Error(
    `deno task ${args.join(" ")} failed:\n${output}${new TextDecoder().decode(stderr)}`,
  );
}

if (import.meta.main) await main();
