// Migrations by the real Supabase CLI: the first run on a machine fetches it by npx.
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { applyMigrations } from "../migrate.ts";
import { preparePlatform } from "../platform.ts";
import { startPostgres } from "../postgres.ts";
import { runSupabaseCli } from "../supabase_cli.ts";
import { query } from "./postgres_fixture.ts";

Deno.test("applyMigrations", async (t) => {
  await using cleanup = new AsyncDisposableStack();
  const workdir = await Deno.makeTempDir();
  cleanup.defer(() => Deno.remove(workdir, { recursive: true }));
  await Deno.mkdir(join(workdir, "supabase/migrations"), { recursive: true });
  const write = (name: string, text: string) =>
    Deno.writeTextFile(join(workdir, "supabase", name), text);
  await write("config.toml", 'project_id = "migrate_test"\n');
  await write("seed.sql", "create table seeded ();");
  await write(
    "migrations/20260101000000_one.sql",
    "create extension if not exists pg_net with schema extensions;",
  );
  const server = await startPostgres();
  cleanup.defer(() => server.stop());
  await preparePlatform(server);

  await t.step("applies each migration once, and no seed", async () => {
    await applyMigrations(server.url("postgres", "postgres"), { workdir });
    await write("migrations/20260101000001_two.sql", "create table two ();");
    await applyMigrations(server.url("postgres", "postgres"), { workdir });
    const applied = await query(
      server,
      "select version from supabase_migrations.schema_migrations order by 1",
    );
    assertEquals(applied.map((row) => row["version"]), ["20260101000000", "20260101000001"]);
    const [row] = await query(server, "select to_regclass('seeded') as seeded");
    assertEquals(row?.["seeded"], null);
  });

  await t.step("throws the CLI's words when a migration fails, and keeps none of it", async () => {
    await write("migrations/20260101000002_bad.sql", "create table three (); select 1/0;");
    await assertRejects(
      () => applyMigrations(server.url("postgres", "postgres"), { workdir }),
      Error,
      "division by zero",
    );
    const [row] = await query(server, "select to_regclass('three') as three");
    assertEquals(row?.["three"], null);
  });

  await t.step("refuses a migration that needs a superuser", async () => {
    await write("migrations/20260101000002_bad.sql", "create role worker superuser;");
    await assertRejects(
      () => applyMigrations(server.url("postgres", "postgres"), { workdir }),
      Error,
      "permission denied to create role",
    );
  });

  await t.step("runSupabaseCli() gives output and exit code", async () => {
    const types = ["gen", "types", "--lang", "typescript", "--schema", "public"];
    const good = await runSupabaseCli([...types, `--remote=${server.url()}`], { workdir });
    assertEquals([good.code, good.stdout.includes('"two"')], [0, true]);
    const bad = await runSupabaseCli(["no-such-command"], { workdir });
    assertEquals(bad.code === 0, false);
  });
});
