/** `deno task doctor`: looks at a deployment from outside and inside; a line each, with the cure. */
import { parseArgs } from "@std/cli/parse-args";
import { refuse } from "./command_line.ts";
import { print } from "./demo/status_line.ts";
import { CHECKS } from "./doctor/checks.ts";
import { openDeployment } from "./doctor/deployment.ts";
import { formatReport } from "./doctor/report.ts";
import { exitCodeOf, runChecks } from "./doctor/run_checks.ts";
import { findSettings } from "./doctor/settings_file.ts";

const HELP = `Checks a deployment: hosted, of \`supabase start\`, or the embedded stack.

Usage: deno task doctor [options] [check...]

  check            names of checks, e.g. vault ring; all of them without one
  --env-file FILE  settings to check (dotenv; repeatable), e.g. supabase/functions/.env; what the
                   environment has comes before. With neither a file nor SUPABASE_URL the stack
                   that runs is checked
  --json           the findings as JSON

Beside the functions' settings it takes SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and DATABASE_URL (the
session pooler's connection string); what needs a setting that is not there is told as not checked.
Exit code: 0 all is well, 1 something should be looked at or was not checked, 2 something is wrong.
It writes small objects to the bucket and removes them, rings the worker once, and changes nothing else.
`;

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    boolean: ["help", "json"],
    string: ["_", "env-file"],
    collect: ["env-file"],
    alias: { h: "help" },
    unknown(name: string) {
      return !name.startsWith("-") || refuse(`Unknown option ${name}`, HELP);
    },
  });
  if (flags.help) {
    print(HELP);
    return 0;
  }
  const names: string[] = flags._.map(String);
  const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name));
  if (unknown.length > 0) {
    const known = CHECKS.map(({ name }) => name).join(", ");
    refuse(`No check is named ${unknown.join(", ")}; there are ${known}`, HELP);
  }
  const found = await findSettings(flags["env-file"], Deno.env.get);
  if (found === undefined) refuse("No stack runs, and SUPABASE_URL is not set", HELP);
  const checks = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name));
  await using deployment = await openDeployment(found.env);
  if (!flags.json) print(`Checks ${found.source}\n`);
  const results = await runChecks(checks, deployment);
  print(flags.json ? `${JSON.stringify(results, null, 2)}\n` : formatReport(results));
  return exitCodeOf(results);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
