/** The files of `supabase/schemas` in the order that `schema_paths` of `config.toml` gives them. */
import { globToRegExp, join } from "@std/path";
import { parse } from "@std/toml";
import { listFiles } from "./list_files.ts";

const CONFIG = "supabase/config.toml";
const FOLDER = "supabase/schemas";

/**
 * Lists the schema files of the project at `root`, as paths from it.
 *
 * @throws {Error} When `schema_paths` is missing, or a file is matched by none of its patterns.
 */
export async function findSchemaFiles(root: URL): Promise<string[]> {
  const config = parse(await Deno.readTextFile(new URL(CONFIG, root))) as {
    db?: { migrations?: { schema_paths?: string[] } };
  };
  const patterns = config.db?.migrations?.schema_paths;
  if (patterns === undefined) throw new Error(`${CONFIG} has no [db.migrations] schema_paths`);
  const files = (await listFiles(root, FOLDER)).filter((path) => path.endsWith(".sql")).sort();
  const ordered = new Set<string>();
  for (const pattern of patterns) {
    // The CLI reads them from the folder of its configuration.
    const expression = globToRegExp(join("supabase", pattern));
    for (const file of files) if (expression.test(file)) ordered.add(file);
  }
  const missed = files.filter((file) => !ordered.has(file));
  if (missed.length > 0) {
    throw new Error(`schema_paths of ${CONFIG} match neither of: ${missed.join(", ")}`);
  }
  return [...ordered];
}
