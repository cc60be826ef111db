/** Finds modules that import one another in a circle, types included. */
import { join } from "@std/path";

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
export async function readImports(root: string, folder: string): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory && name !== "node_modules" && name !== "dist") {
      for (const entry of await readImports(root, path)) graph.set(...entry);
    } else if (name.endsWith(".ts")) {
      const text = await Deno.readTextFile(join(root, path));
      const specifiers = text.matchAll(/^(?:import|export|\} from)\b[^"]*"(\.[^"]+)"/gm);
      graph.set(path, [...specifiers].map(([, specifier = ""]) => join(folder, specifier)));
    }
  }
  return graph;
}
