/** `deno task gen:openapi`: writes docs/openapi.json from what the functions say of themselves. */
import { print } from "./demo/status_line.ts";
import { makeDocument } from "./openapi/document.ts";
import { loadDescriptions } from "./openapi/load_descriptions.ts";

const ROOT = new URL("../", import.meta.url);

/** The text of each generated file, by its path in the checkout. */
export async function generateFiles(): Promise<Record<string, string>> {
  const document = makeDocument(await loadDescriptions());
  return { "docs/openapi.json": `${JSON.stringify(document, null, 2)}\n` };
}

async function main(): Promise<void> {
  for (const [path, text] of Object.entries(await generateFiles())) {
    await Deno.writeTextFile(new URL(path, ROOT), text);
    print(`${path} written\n`);
  }
}

if (import.meta.main) await main();
