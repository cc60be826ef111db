/** `deno task deploy`: brings a project to this checkout; what is done already is left as it is. */
import { parseEnv } from "node:util";
import { parseArgs } from "@std/cli/parse-args";
import { refuse } from "./command_line.ts";
import { print } from "./demo/status_line.ts";
import { withLock } from "./deploy/lock.ts";
import { runSteps, StepError } from "./deploy/run_steps.ts";
import { createCli, NEEDED, secretsOf } from "./deploy/target.ts";
import { CHECKS } from "./doctor/checks.ts";
import { settings } from "./doctor/checks/settings.ts";
import { openDeployment } from "./doctor/deployment.ts";
import { createMask } from "./doctor/mask.ts";
import { formatReport } from "./doctor/report.ts";
import { exitCodeOf, runChecks } from "./doctor/run_checks.ts";

const HELP =
  `Deploys to a hosted project: migrations, secrets, functions, Vault, webhook, menu button, then doctor.

Usage: deno task deploy --env-file FILE [--dry-run]

  --env-file FILE  dotenv with the functions' settings (see supabase/functions/.env.example) and
                   SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_PROJECT_REF, DATABASE_URL (the
                   session pooler), SUPABASE_ACCESS_TOKEN; repeatable. SUPABASE_… and DATABASE_URL
                   may come from the environment
  --dry-run        tells what would be done, and changes nothing

Run again it changes only what differs. It stops at the first failure, and goes on there when it is run
again. Two at once are refused. Exit code: 0 deployed and well, 1 stopped, 2 deployed and doctor found
something wrong.
`;

/** Given by the environment where the file leaves it out. */
const OF_ENVIRONMENT = /^(SUPABASE_\w+|DATABASE_URL)$/;

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    boolean: ["help", "dry-run"],
    string: ["_", "env-file"],
    collect: ["env-file"],
    alias: { h: "help" },
    unknown(name: string) {
      return refuse(`Unknown option ${name}`, HELP);
    },
  });
  if (flags.help) {
    print(HELP);
    return 0;
  }
  const files: string[] = flags["env-file"];
  if (files.length === 0) refuse("No --env-file", HELP);
  const values: Record<string, string> = {};
  for (const file of files) Object.assign(values, parseEnv(await Deno.readTextFile(file)));
  const env = (name: string) =>
    values[name] || (OF_ENVIRONMENT.test(name) ? Deno.env.get(name) : undefined);
  const missing = NEEDED.filter((name) => !env(name));
  if (missing.length > 0) refuse(`Not set: ${missing.join(", ")}`, HELP);
  return await deploy(env, { secrets: secretsOf(values), dryRun: flags["dry-run"] });
}

async function deploy(
  env: (name: string) => string | undefined,
  { secrets, dryRun }: { secrets: Record<string, string>; dryRun: boolean },
): Promise<number> {
  const mask = createMask(env);
  await using deployment = await openDeployment(env);
  const checked = await runChecks([settings], deployment);
  if (exitCodeOf(checked) === 2) {
    print(formatReport(checked));
    return 1;
  }
  const { fetch, sql, sources } = deployment;
  const projectRef = env("SUPABASE_PROJECT_REF") ?? "";
  const target = { env, projectRef, secrets, sources, sql, fetch, cli: createCli(env) };
  try {
    const count = await withLock(
      sql,
      () => runSteps(target, { dryRun, print: (line) => print(`${mask(line)}\n`) }),
    );
    const done = dryRun ? `${count} changes would be made` : `${count} changes made`;
    print(`${count === 0 ? "Nothing to change" : done}\n`);
  } catch (error) {
    const where = error instanceof StepError ? `Stopped at "${error.step}": ` : "";
    print(`${where}${mask(error instanceof Error ? error.message : String(error))}\n`);
    if (error instanceof StepError) {
      print("Nothing after it was done. Mend it and run the same command again\n");
    }
    return 1;
  }
  if (dryRun) return 0;
  const results = await runChecks(CHECKS, deployment);
  print(`\n${formatReport(results)}`);
  return exitCodeOf(results) === 2 ? 2 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
