/**
 * Checks that the schema's files and the migrations say nothing a hosted project refuses, and follow the house style.
 *
 * Run: `deno run -A scripts/check_migrations.ts`; exit 1 lists every problem as file:line.
 */
import { basename } from "@std/path";
import { findSchemaFiles } from "./schema_files.ts";
import { checkDeployable, checkText } from "./check_migrations/rules.ts";

/** A file and its path from the project's root. */
export interface SqlFile {
  path: string;
  text: string;
}

/** What the check reads. */
export interface SqlHouse {
  /** The truth: one object a file. */
  schemas: readonly SqlFile[];
  /** Generated from it, in the order they are applied. */
  migrations: readonly SqlFile[];
}

/** Says what is wrong, as `<path>:<line>: <what>`. */
export function findProblems({ schemas, migrations }: SqlHouse): string[] {
  const problems: string[] = [];
  if (migrations.length === 0) problems.push("supabase/migrations: no migration found");
  if (schemas.length === 0) problems.push("supabase/schemas: no schema file found");
  const report = (path: string, found: { line: number; message: string }[]) =>
    problems.push(...found.map(({ line, message }) => `${path}:${line}: ${message}`));
  for (const { path, text } of schemas) {
    report(path, [...checkObject(path, text), ...checkText(text)]);
  }
  const versions = new Map<string, string>();
  for (const { path, text } of migrations) {
    const name = basename(path);
    const version = /^(\d{14})_[a-z][a-z0-9_]*\.sql$/.exec(name)?.[1];
    if (version === undefined) {
      problems.push(`${path}:1: Its name is not YYYYMMDDHHMMSS_<what changed>.sql, in lower case`);
    } else {
      const other = versions.get(version);
      if (other !== undefined) problems.push(`${path}:1: It has the version of "${other}"`);
      versions.set(version, name);
    }
    report(path, checkDeployable(text));
  }
  return problems;
}

/** A file is named like the one object it makes, in the folder of its kind. */
function checkObject(path: string, text: string): { line: number; message: string }[] {
  const kind = path.split("/").at(-2) ?? "";
  const noun = KINDS[kind];
  if (noun === undefined) return [];
  const wanted = basename(path, ".sql");
  const made = [...text.matchAll(new RegExp(`^create (?:unlogged )?${noun} \\w+\\.(\\w+)`, "gm"))];
  if (kind === "tables" && wanted.startsWith("pgmq_")) return [];
  if (made.length === 1 && made[0]?.[1] === wanted) return [];
  const current = made.map((match) => match[1]).join(", ") || "none";
  return [{
    line: 1,
    message: `It makes ${noun} ${current}, wanted the one it is named for, ${wanted}`,
  }];
}

const KINDS: Record<string, string> = {
  functions: "function",
  triggers: "function",
  tables: "table",
  views: "view",
};

/** Reads the SQL of the project at `root`. */
export async function readSqlHouse(root: URL): Promise<SqlHouse> {
  const read = async (path: string) => ({
    path,
    text: await Deno.readTextFile(new URL(path, root)),
  });
  const folder = "supabase/migrations";
  const names = await Array.fromAsync(Deno.readDir(new URL(folder, root)), ({ name }) => name);
  return {
    schemas: await Promise.all((await findSchemaFiles(root)).map(read)),
    migrations: await Promise.all(names.sort().map((name) => read(`${folder}/${name}`))),
  };
}

async function main(): Promise<void> {
  const house = await readSqlHouse(new URL("../", import.meta.url));
  const problems = findProblems(house);
  const { schemas, migrations } = house;
  const report = problems.length > 0
    ? problems
    : [`${schemas.length} schema files and ${migrations.length} migrations checked`];
  await Deno.stdout.write(new TextEncoder().encode(`${report.join("\n")}\n`));
  if (problems.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
