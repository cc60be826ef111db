/** `deno task gen:openapi`: writes docs/openapi.json and docs/api.md from what the functions say of themselves. */
import { print } from "./demo/status_line.ts";
import { formatText } from "./format_text.ts";
import { writeApiPage } from "./openapi/api_page.ts";
import { makeDocument } from "./openapi/document.ts";
import { loadDescriptions } from "./openapi/load_descriptions.ts";
import type { OpenApi } from "./openapi/read_document.ts";

const ROOT = new URL("../", import.meta.url);

/** The text of each generated file, by its path in the checkout. */
export async function generateApiFiles(): Promise<Record<string, string>> {
  const document = makeDocument(await loadDescriptions());
  const page = writeApiPage(document as unknown as OpenApi);
  return {
    "docs/openapi.json": await formatText(JSON.stringify(document, null, 2), "json"),
    "docs/api.md": await formatText(page, "md"),
  };
}

async function main(): Promise<void> {
  for (const [path, text] of Object.entries(await generateApiFiles())) {
    await Deno.writeTextFile(new URL(path, ROOT), text);
    print(`${path} written\n`);
  }
}

if (import.meta.main) await main();
