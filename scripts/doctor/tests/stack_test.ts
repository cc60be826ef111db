/** doctor over the whole stack: nothing is wrong with it, until a test breaks it. */
import { assert, assertEquals } from "@std/assert";
import { startWholeStack } from "../../../supabase/functions/tests/e2e/whole_stack.ts";
import { startBucket } from "../../../supabase/functions/tests/backend.ts";
import { CHECKS } from "../checks.ts";
import { bucketPrivate } from "../checks/bucket_private.ts";
import { connect } from "../deployment.ts";
import { exitCodeOf, runChecks } from "../run_checks.ts";
import { botOfStack } from "../settings_file.ts";
import { assertFound, deploymentOf, findingsOf } from "./fixture.ts";
import { faultsOf } from "./stack_faults.ts";

Deno.test("doctor over the stack", async (t) => {
  const stack = await startWholeStack();
  const { sql } = stack;
  const variables = {
    ...stack.variables,
    ...await botOfStack(stack.variables.STACK_CONTROL_URL ?? ""),
  };
  const account = await stack.logIn();
  await stack.untilStatus(account, await stack.accept(account), "COMPLETED");
  const asOperator = connect(variables.DATABASE_URL ?? "");
  try {
    await t.step("finds nothing wrong, and tells no secret", async () => {
      await stack.sql`select private.check_ledger()`;
      // The schedule of the tests' stack began a moment ago.
      const wait = Date.now() + 60_000;
      while ((await sql`select private.last_sweep() as at`)[0]?.at === null && Date.now() < wait) {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const deployment = await deploymentOf(variables, { sql: asOperator });
      const results = await runChecks(CHECKS, deployment);
      const bad = results.flatMap(({ findings }) => findings)
        .filter(({ level, text }) => level !== "ok" && !text.startsWith("Redis takes"));
      assertEquals(bad, []);
      assertTellsNoSecret(JSON.stringify(results), variables);
    });

    for (const fault of faultsOf(stack)) {
      const { name, check, changes, break: breaking, mend, ...expected } = fault;
      await t.step(`finds by ${check.name}: ${name}`, async () => {
        if (breaking) await sql.unsafe(breaking);
        try {
          const deployment = await deploymentOf(variables, { sql: asOperator, ...changes });
          assertFound(await findingsOf(check, deployment), expected);
        } finally {
          if (mend) await sql.unsafe(mend);
        }
      });
    }

    await t.step("finds by bucket_private: a bucket whose policy names everything", async () => {
      await using parts = new AsyncDisposableStack();
      const s3 = await startBucket(parts);
      const deployment = await deploymentOf({
        AWS_ENDPOINT_URL_S3: s3.url,
        AWS_ACCESS_KEY_ID: "AKIATESTS",
        AWS_SECRET_ACCESS_KEY: "tests",
      });
      const findings = await findingsOf(bucketPrivate, deployment);
      assertEquals(findings.map(({ level, text }) => [level, text]), [
        ["wrong", "Everybody can read what is under uploads/"],
        ["wrong", "Everybody can read what is under elsewhere/"],
      ]);
    });

    await t.step("exits with 0 as a command, and 2 with a fault", async () => {
      const run = async (env: Record<string, string>) => {
        const { code, stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "scripts/doctor.ts", "--json", "settings", "vault"],
          cwd: new URL("../../..", import.meta.url),
          env: { ...variables, ...env },
        }).output();
        return { code, results: JSON.parse(new TextDecoder().decode(stdout)) };
      };
      const good = await run({});
      assertEquals(good.code, 0, JSON.stringify(good));
      assertEquals(good.results.map(({ check }: { check: string }) => check), [
        "settings",
        "vault",
      ]);
      assertEquals((await run({ WORKER_SECRET: "short" })).code, 2);
    });

    await t.step("tells no secret when everything is wrong, and exits with 2", async () => {
      const wrong = {
        SUPABASE_URL: "http://127.0.0.1:1",
        AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
      };
      const deployment = await deploymentOf({ ...variables, ...wrong }, {
        sql: connect("postgres://postgres:password-of-the-tests@127.0.0.1:1/postgres"),
        fetch: (input, init) => Promise.reject(new Error(`${input} ${JSON.stringify(init)}`)),
      });
      const results = await runChecks(CHECKS, deployment);
      assertEquals(exitCodeOf(results), 2);
      assertTellsNoSecret(JSON.stringify(results), variables);
      await deployment.sql.end();
    });
  } finally {
    await asOperator.end();
    await stack.stop();
  }
});

function assertTellsNoSecret(text: string, variables: Readonly<Record<string, string>>): void {
  const secrets = Object.entries(variables)
    .filter(([name]) => /KEY|SECRET|TOKEN|^DATABASE_URL$/.test(name) && !/PUBLISHABLE/.test(name));
  assert(secrets.length > 5);
  for (const [name, value] of secrets) assert(!text.includes(value), `${name} is told`);
}
