// The embedded Postgres: life of the server and of its data directory.
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import postgres from "postgres";
import { until } from "../../../supabase/functions/tests/until.ts";
import { openDataDirectory } from "../data_directory.ts";
import { startPostgres } from "../postgres.ts";
import { query } from "./postgres_fixture.ts";

Deno.test("startPostgres", async (t) => {
  const server = await startPostgres();
  try {
    await t.step("url() connects as superuser, ready for logical replication", async () => {
      const [row] = await query(
        server,
        "select current_user as name, current_setting('wal_level') as wal, " +
          "current_setting('timezone') as zone, current_setting('fsync') as fsync",
      );
      assertEquals({ ...row }, {
        name: "supabase_admin",
        wal: "logical",
        zone: "UTC",
        fsync: "off",
      });
    });

    await t.step("listens on loopback only", async () => {
      const [row] = await query(server, "show listen_addresses");
      assertEquals(row?.["listen_addresses"], "127.0.0.1");
    });

    await t.step("createDatabase() copies the template", async () => {
      await server.createDatabase("template_a", { template: "template1" });
      await query(server, "create table kept as select 7 as n", "template_a");
      await server.createDatabase("copy_a", { template: "template_a" });
      assertEquals((await query(server, "select n from kept", "copy_a"))[0]?.n, 7);
    });

    await t.step("dropDatabase() drops a database in use, and one that is not there", async () => {
      const sql = postgres(server.url("copy_a"), { max: 1 });
      await sql`select 1`;
      await server.dropDatabase("copy_a");
      await server.dropDatabase("copy_a");
      await sql.end({ timeout: 0 });
      await assertRejects(() => query(server, "select 1", "copy_a"), Error, "does not exist");
    });

    await t.step("restart() keeps the port and what was committed", async () => {
      await query(server, "create table survivors as select 1 as n");
      for (const mode of ["immediate", "fast"] as const) {
        const [pid, port] = [server.pid, server.port];
        await server.restart(mode);
        assert(server.pid !== pid);
        assertEquals(server.port, port);
        assertEquals((await query(server, "select n from survivors"))[0]?.n, 1);
      }
    });
  } finally {
    await server.stop();
  }
  await t.step("stop() frees the port and removes temporary data; again is no error", async () => {
    await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: server.port }));
    await assertRejects(() => Deno.stat(server.directory), Deno.errors.NotFound);
    await server.stop();
  });
});

Deno.test("startPostgres with dataDirectory", async (t) => {
  const folder = await Deno.makeTempDir();
  const dataDirectory = join(folder, "data");
  try {
    await t.step("keeps data, flushed to disk", async () => {
      const server = await startPostgres({ dataDirectory });
      await query(server, "create table kept as select current_setting('fsync') as fsync");
      await server.stop();
    });

    await t.step(
      "starts over a crashed server's lock file, but not over a running server",
      async () => {
        // Our own process number: alive, but no Postgres.
        const lock = join(dataDirectory, "postmaster.pid");
        await Deno.writeTextFile(lock, `${Deno.pid}\n${dataDirectory}\n0\n5432\n`);
        const server = await startPostgres({ dataDirectory });
        try {
          assertEquals((await query(server, "select fsync from kept"))[0]?.fsync, "on");
          const options = { initdb: "", account: undefined, releaseTimeout: 0 };
          await assertRejects(
            () => openDataDirectory(dataDirectory, options),
            Error,
            "is still using it",
          );
        } finally {
          await server.stop();
        }
      },
    );

    await t.step("refuses another major version", async () => {
      await Deno.writeTextFile(join(dataDirectory, "PG_VERSION"), "16\n");
      await assertRejects(() => startPostgres({ dataDirectory }), Error, "it is of PostgreSQL 16");
    });

    await t.step("refuses a folder that holds something else, and leaves it alone", async () => {
      await Deno.writeTextFile(join(folder, "letter.txt"), "mine");
      await assertRejects(
        () => startPostgres({ dataDirectory: folder }),
        Error,
        "neither empty nor",
      );
      assertEquals(await Deno.readTextFile(join(folder, "letter.txt")), "mine");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startPostgres tells onDeath when the server ends by itself, and not when it was asked to", async () => {
  const deaths: string[] = [];
  const server = await startPostgres({ onDeath: ({ message }) => void deaths.push(message) });
  try {
    await server.restart("immediate");
    assertEquals(deaths, []);
    Deno.kill(server.pid, "SIGKILL");
    await until("its death is told", () => deaths.length > 0);
    assertMatch(deaths.join(), /^Postgres ended by itself \(SIGKILL\): /);
  } finally {
    await server.stop();
  }
  assertEquals(deaths.length, 1);
});

Deno.test("startPostgres refuses a port that is taken, and says so", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const workDirectory = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => startPostgres({ port: listener.addr.port, workDirectory }),
      Error,
      "Postgres did not start",
    );
    const left = await Array.fromAsync(Deno.readDir(workDirectory), (entry) => entry.name);
    assertEquals(left, ["postgres.log"]);
  } finally {
    await Deno.remove(workDirectory, { recursive: true });
  }
});

Deno.test("startPostgres leaves nothing behind when its process is killed", async () => {
  const victim = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(import.meta.dirname ?? ".", "postgres_victim.ts")],
    stdout: "piped",
  }).spawn();
  const reader = victim.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "{}" } = await reader.read();
  const { port, directory } = JSON.parse(value);
  (await Deno.connect({ hostname: "127.0.0.1", port })).close();
  victim.kill("SIGKILL");
  await victim.status;
  await reader.cancel();
  const isGone = () => Deno.stat(directory).then(() => false, () => true);
  for (const started = Date.now(); !await isGone();) {
    if (Date.now() - started > 20_000) throw new Error(`"${directory}" is still there after 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }));
});
