// The migrations as a hosted project applies them: by a role that is no superuser and owns what it makes.
import { assertEquals, assertMatch } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "../../../supabase/functions/tests/database.ts";
import { runDatabaseTests } from "../../test_db.ts";
import { applyMigrations } from "../migrate.ts";
import { runSupabaseCli } from "../supabase_cli.ts";

const OWNER = "hosted_owner";

Deno.test("the migrations on a hosted project", async (t) => {
  const admin = Deno.env.get("TEST_DATABASE_URL") ?? "";
  // Of the bare platform, without our migrations.
  await using project = await cloneDatabase({ template: "template1" });
  await execute(
    project.url,
    await Deno.readTextFile(new URL("hosted_project.sql", import.meta.url)),
  );
  const url = asOwner(project.url);

  await t.step("apply as a role that is no superuser", () => applyMigrations(url));

  await t.step("apply a second time, changing nothing", async () => {
    const { code, stderr, stdout } = await runSupabaseCli(["db", "push", `--remote=${url}`]);
    assertEquals(code, 0);
    assertMatch(stdout + stderr, /up to date/i);
  });

  await t.step("pass every SQL test with that role as the owner", async () => {
    const output: string[] = [];
    const server = {
      url: (name = "postgres") => asOwner(withName(admin, name)),
      createDatabase: (name: string, options: { template: string }) =>
        execute(
          admin,
          `create database ${name} template ${options.template} owner ${OWNER} strategy file_copy`,
        ),
      dropDatabase: (name: string) =>
        execute(admin, `drop database if exists ${name} with (force)`),
    };
    const { passed, failed } = await runDatabaseTests({
      server,
      template: new URL(project.url).pathname.slice(1),
      print: (text) => output.push(text),
    });
    assertEquals({ failed, some: passed > 0 }, { failed: 0, some: true }, output.join(""));
  });
});

function asOwner(url: string): string {
  const owned = new URL(url);
  owned.username = OWNER;
  return owned.href;
}

function withName(url: string, name: string): string {
  const named = new URL(url);
  named.pathname = `/${name}`;
  return named.href;
}

async function execute(url: string, text: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}
