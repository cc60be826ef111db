/**
 * Writes the migration that brings `supabase/migrations` to `supabase/schemas`.
 *
 * Run: `deno task db:diff NAME`; without NAME the difference is printed.
 */
import { parseArgs } from "@std/cli/parse-args";
import { findSchemaDifference } from "./check_schemas.ts";
import { refuse } from "./command_line.ts";
import { print } from "./demo/status_line.ts";
import { startTestServer } from "./stack/test_database.ts";

const HELP = `Writes the migration that brings supabase/migrations to supabase/schemas.

Usage: deno task db:diff [NAME]

  NAME         what changes, in lower case, e.g. add_seed_to_generations: the file is
               supabase/migrations/YYYYMMDDHHMMSS_NAME.sql. Without it the difference is printed.

Rows, queues (pgmq.create), schedules (cron.schedule) and Vault secrets are no part of a difference:
they are added to the migration by hand. Read what was written before you commit it.
`;

const FOLDER = new URL("../supabase/migrations/", import.meta.url);

async function main(): Promise<void> {
  const flags = parseArgs(Deno.args, {
    boolean: ["help"],
    string: ["_"],
    alias: { h: "help" },
    unknown(name: string) {
      return !name.startsWith("-") || refuse(`Unknown option ${name}`, HELP);
    },
  });
  if (flags.help) return print(HELP);
  const [name, ...others] = flags._.map(String);
  if (others.length > 0) refuse("More than one NAME", HELP);
  if (name !== undefined && !/^[a-z][a-z0-9_]*$/.test(name)) {
    refuse(`NAME is "${name}": wanted lower case letters, digits and _`, HELP);
  }
  const difference = await computeDifference();
  if (difference === "") return print("Schemas and migrations are in step\n");
  if (name === undefined) return print(`${difference}\n`);
  const file = `${makeVersion(new Date())}_${name}.sql`;
  await Deno.writeTextFile(new URL(file, FOLDER), `-- ${describe(name)}\n${difference}\n`);
  print(`Wrote supabase/migrations/${file}: read it, then run "deno task gen:types"\n`);
}

async function computeDifference(): Promise<string> {
  const test = await startTestServer();
  try {
    return await findSchemaDifference({ server: test.server, migrated: test.template });
  } finally {
    await test.stop();
  }
}

/** UTC, as the CLI writes it: YYYYMMDDHHMMSS. */
function makeVersion(date: Date): string {
  return date.toISOString().replaceAll(/\D/g, "").slice(0, 14);
}

function describe(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1) + ". Generated from supabase/schemas.";
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\n`);
    Deno.exit(1);
  }
}
