/** Finds modules that import one another in a circle, types included. */
import { dirname, join } from "@std/path";
import { listFiles } from "./list_files.ts";

/** Not of the checkout. */
const BUILT = /\/(?:node_modules|dist)\//;

/** What each module imports, by its path. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The circles, each as its modules in the order of the imports; one for each way back that is met. */
export function findCircles(graph: ImportGraph): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];

  function visit(module: string): void {
    const start = path.indexOf(module);
    if (start >= 0) circles.push(path.slice(start));
    if (start >= 0 || done.has(module)) return;
    path.push(module);
    for (const imported of graph.get(module) ?? []) visit(imported);
    path.pop();
    done.add(module);
  }

  for (const module of graph.keys()) visit(module);
  return circles;
}

/** What the TypeScript modules under `folder` import by relative paths; all as paths from `root`. */
export async function readImports(root: URL, folder: string): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const path of await listFiles(root, folder)) {
    if (!path.endsWith(".ts") || BUILT.test(path)) continue;
    const text = await Deno.readTextFile(new URL(path, root));
    const specifiers = text.matchAll(/^(?:import|export|\} from)\b[^"]*"(\.[^"]+)"/gm);
    graph.set(path, [...specifiers].map(([, specifier = ""]) => join(dirname(path), specifier)));
  }
  return graph;
}
