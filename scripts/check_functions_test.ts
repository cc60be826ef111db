/** The checks of a function's own deno.json and config.toml entry. */
import { assertEquals } from "@std/assert";
import { findProblems, type FunctionFacts, listFunctions, readFacts } from "./check_functions.ts";

const ROOT = new URL("../", import.meta.url);

function good(): FunctionFacts {
  const shared = {
    imports: { jose: "npm:jose@6.2.18", "@a/b": "npm:@a/b@1.2.3" },
    compilerOptions: { strict: true },
    lint: { rules: {} },
    fmt: { lineWidth: 100 },
  };
  return {
    name: "thing",
    root: { ...shared, imports: { ...shared.imports, other: "npm:other@1.0.0" } },
    config: { ...shared, lock: false },
    entry: {
      "verify_jwt": false,
      entrypoint: "./functions/thing/index.ts",
      "import_map": "./functions/thing/deno.json",
    },
    packages: ["jose", "@a/b"],
    modules: ["thing/index.ts", "_shared/http/errors.ts"],
    indexLines: 25,
  };
}

Deno.test("findProblems() finds nothing in a good function", () => {
  assertEquals(findProblems(good()), []);
});

const WRONG: [string, (facts: FunctionFacts) => Partial<FunctionFacts>, string][] = [
  [
    "another version than the root's",
    ({ config }) => ({
      config: { ...config, imports: { ...config.imports, jose: "npm:jose@6.2.17" } },
    }),
    'thing: "jose" is "npm:jose@6.2.17", the root has "npm:jose@6.2.18"',
  ],
  [
    "a range of versions, even the root's own",
    ({ config, root }) => ({
      root: { ...root, imports: { ...root.imports, jose: "npm:jose@^6" } },
      config: { ...config, imports: { ...config.imports, jose: "npm:jose@^6" } },
    }),
    'thing: "jose" is "npm:jose@^6", wanted an exact version',
  ],
  [
    "a package that is never imported",
    () => ({ packages: ["jose"] }),
    'thing: "@a/b" is in deno.json but never imported',
  ],
  [
    "a package that is not declared",
    () => ({ packages: ["jose", "@a/b", "other"] }),
    'thing: "other" is imported but not in deno.json',
  ],
  [
    "other compiler options",
    ({ config }) => ({ config: { ...config, compilerOptions: {} } }),
    'thing: "compilerOptions" differs from the root\'s',
  ],
  [
    "other lint rules",
    ({ config }) => ({ config: { ...config, lint: {} } }),
    'thing: "lint" differs from the root\'s',
  ],
  [
    "another line width",
    ({ config }) => ({ config: { ...config, fmt: {} } }),
    "thing: fmt.lineWidth is undefined, the root has 100",
  ],
  [
    "a lock file",
    ({ config: { lock: _lock, ...config } }) => ({ config }),
    'thing: "lock" is not false',
  ],
  [
    "the gateway's check left on",
    ({ entry }) => ({ entry: { ...entry, "verify_jwt": true } }),
    "thing: config.toml [functions.thing] verify_jwt is true, wanted false",
  ],
  [
    "a module of another function",
    () => ({ modules: ["thing/index.ts", "other/handler.ts"] }),
    "thing: it imports other/handler.ts, wanted only its own folder and _shared",
  ],
  [
    "too long an index.ts",
    () => ({ indexLines: 26 }),
    "thing: index.ts has 26 lines, wanted at most 25",
  ],
];
for (const [what, change, problem] of WRONG) {
  Deno.test(`findProblems() finds ${what}`, () => {
    const facts = good();
    assertEquals(findProblems({ ...facts, ...change(facts) }), [problem]);
  });
}

Deno.test("findProblems() finds a missing entry of config.toml", () => {
  assertEquals(findProblems({ ...good(), entry: undefined }).length, 3);
});

Deno.test("readFacts() reads the auth function of this project", async () => {
  const names = await listFunctions(new URL("supabase/functions/", ROOT));
  assertEquals(names.includes("auth") && !names.includes("_shared"), true);
  const facts = await readFacts("auth", ROOT);
  assertEquals(facts.packages.includes("jose"), true);
  assertEquals(findProblems(facts), []);
});
