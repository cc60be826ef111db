/** `deno task ok`: the one gate. Every step in turn; the first that fails ends it. */
import { print } from "./demo/status_line.ts";
import { SCENARIOS } from "./soak.ts";

interface Step {
  name: string;
  /** Arguments of `deno`. */
  args: string[];
}

const SOURCES = ["client/src", "client/tests", "mini_app", "scripts", "supabase/functions"];

const STEPS: Step[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", args: ["lint", "--quiet"] },
  { name: "types", args: ["check", "--quiet", ...SOURCES] },
  { name: "functions", args: ["run", "-A", "scripts/check_functions.ts"] },
  { name: "api", args: ["run", "-A", "scripts/check_openapi.ts"] },
  { name: "migrations", args: ["run", "-A", "scripts/check_migrations.ts"] },
  { name: "tests", args: ["run", "-A", "scripts/test.ts"] },
];

for (const step of STEPS) {
  const startedAt = Date.now();
  print(`── ${step.name}\n`);
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: step.args,
    cwd: new URL("..", import.meta.url),
    stdin: "null",
  }).spawn().status;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  if (!success) {
    print(`── ${step.name} failed after ${seconds} s: deno ${step.args.join(" ")}\n`);
    Deno.exit(code);
  }
  print(`── ${step.name} ok, ${seconds} s\n`);
}
print(`Left to \`deno task soak\`: ${SCENARIOS.map(({ name }) => name).join(", ")}\n`);
