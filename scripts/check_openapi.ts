/**
 * Checks docs/openapi.json and docs/api.md: they are what the functions' schemas make them, and the
 * document is sound OpenAPI with examples that fit.
 *
 * Run: `deno run -A scripts/check_openapi.ts`; exit 1 lists every problem.
 */
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { print } from "./demo/status_line.ts";
import { generateApiFiles } from "./gen_openapi.ts";

const ROOT = new URL("../", import.meta.url);

/** The linter's strictest rules; whose software it is, is not the document's affair. */
const RULES = { extends: ["recommended-strict"], rules: { "info-license": "off" } } as const;

/** Says which generated file differs from the committed one, and where. */
export async function findDrift(): Promise<string[]> {
  const problems: string[] = [];
  for (const [path, wanted] of Object.entries(await generateApiFiles())) {
    const committed = await Deno.readTextFile(new URL(path, ROOT)).catch(() => "");
    if (committed === wanted) continue;
    const [have, want] = [committed.split("\n"), wanted.split("\n")];
    const line = Math.max(0, want.findIndex((text, index) => text !== have[index]));
    problems.push(
      `${path}:${line + 1} differs from the functions' schemas: run "deno task gen:openapi"`,
    );
  }
  return problems;
}

/** Says what an OpenAPI linter finds in `document`, the text of one. */
export async function lintDocument(document: string): Promise<string[]> {
  const config = await createConfig({ ...RULES, extends: [...RULES.extends] });
  const problems = await lintFromString({ source: document, config });
  return problems.map(({ ruleId, message, location: [place] }) =>
    `docs/openapi.json ${place?.pointer ?? ""}: ${message} (${ruleId})`
  );
}

async function main(): Promise<void> {
  const document = await Deno.readTextFile(new URL("docs/openapi.json", ROOT));
  const problems = [...await findDrift(), ...await lintDocument(document)];
  print(
    problems.length > 0 ? `${problems.join("\n")}\n` : "docs/openapi.json and api.md checked\n",
  );
  if (problems.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
