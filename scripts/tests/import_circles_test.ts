import { assert, assertEquals } from "@std/assert";
import { findCircles, readImports } from "../import_circles.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("no module of client, mini_app, scripts or supabase/functions imports itself by a circle", async () => {
  for (const folder of ["client", "mini_app", "scripts", "supabase/functions"]) {
    const graph = await readImports(ROOT, folder);
    assert([...graph.values()].some((imports) => imports.length > 0), folder);
    assertEquals(findCircles(graph), []);
  }
});

Deno.test("findCircles() finds a circle of two, one of three, and a module that imports itself", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["a", "c"]],
    ["c", ["d"]],
    ["d", ["e"]],
    ["e", ["c", "e"]],
  ]);
  assertEquals(findCircles(graph), [["a", "b"], ["c", "d", "e"], ["e"]]);
});
