/** `deno task build:client`: makes `client/dist`, the ES modules and declarations that npm packs. */
import { join } from "@std/path";
import ts from "typescript";
import { print } from "./demo/status_line.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const SOURCES = join(ROOT, "client/src");
const OUTPUT = join(ROOT, "client/dist");
/** The package carries the database's types; in the repository they are the functions'. */
const DATABASE = { name: "database.ts", types: "supabase/functions/_shared/db/types.ts" };

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  strict: true,
  exactOptionalPropertyTypes: true,
};

/**
 * Builds the package, file by file: no import is looked up, so nothing is installed for it.
 *
 * @returns The number of modules.
 * @throws {Error} With the compiler's words for a file that it cannot transpile or declare.
 */
export async function buildClient(): Promise<number> {
  await Deno.remove(OUTPUT, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(OUTPUT);
  let modules = 0;
  for await (const { name } of Deno.readDir(SOURCES)) {
    const path = name === DATABASE.name ? join(ROOT, DATABASE.types) : join(SOURCES, name);
    const text = await Deno.readTextFile(path);
    const stem = name.replace(/\.ts$/, "");
    await Deno.writeTextFile(join(OUTPUT, `${stem}.js`), transpile(name, text));
    await Deno.writeTextFile(join(OUTPUT, `${stem}.d.ts`), declare(name, text));
    modules++;
  }
  return modules;
}

function transpile(fileName: string, text: string): string {
  return checked(
    fileName,
    ts.transpileModule(text, { fileName, compilerOptions: OPTIONS, reportDiagnostics: true }),
  );
}

function declare(fileName: string, text: string): string {
  const declared = checked(
    fileName,
    ts.transpileDeclaration(text, {
      fileName,
      compilerOptions: { ...OPTIONS, declaration: true, isolatedDeclarations: true },
      reportDiagnostics: true,
    }),
  );
  // The compiler rewrites the modules' imports alone.
  return declared.replaceAll(/(from\s+"\.\/\w+)\.ts"/g, '$1.js"');
}

function checked(fileName: string, { outputText, diagnostics }: ts.TranspileOutput): string {
  if (diagnostics === undefined || diagnostics.length === 0) return outputText;
  throw new Error(ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => fileName,
    getNewLine: () => "\n",
  }));
}

if (import.meta.main) print(`client/dist: ${await buildClient()} modules\n`);
