/**
 * Random interleavings of everything that moves a generation, by concurrent sessions on the real database, keep
 * every invariant. `INTERLEAVINGS=5000 INTERLEAVINGS_SEED=7 deno task test interleavings` runs the long form.
 */
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "../database.ts";
import { findViolations, logTransitions } from "./interleavings/invariants.ts";
import { runSequence } from "./interleavings/run_sequence.ts";
import type { HeldJob, World } from "./interleavings/world.ts";

const SEED = Number(Deno.env.get("INTERLEAVINGS_SEED") ?? 20_261_123);
const SEQUENCES = Number(Deno.env.get("INTERLEAVINGS") ?? 40);
/** A fresh database now and then: what a sequence leaves behind slows the next ones down. */
const SEQUENCES_PER_DATABASE = 100;
const MAX_SESSIONS = 6;

/** A database with small limits, so that each is reached soon. */
class Arena implements AsyncDisposable {
  #nextTelegramId = 1;
  static async open(): Promise<Arena> {
    const database = await cloneDatabase();
    const warnings: string[] = [];
    const options = {
      max: MAX_SESSIONS + 2,
      onnotice({ severity, message }: postgres.Notice) {
        if (severity === "WARNING") warnings.push(message ?? "");
      },
    };
    const connection = { "deadlock_timeout": 100, "statement_timeout": 20_000 };
    const admin = postgres(database.url, { ...options, connection });
    const api = postgres(database.url, {
      ...options,
      connection: { ...connection, role: "service_role" },
    });
    await logTransitions(admin);
    await admin`
      update private.settings
      set max_concurrent = 3, per_user_concurrency = 2, max_pending_per_user = 6, max_attempts = 3, signup_credits = 6`;
    return new Arena({ admin, api, warnings, database });
  }
  readonly admin: postgres.Sql;
  readonly api: postgres.Sql;
  readonly #warnings: string[];
  readonly #database: AsyncDisposable;
  private constructor(
    { admin, api, warnings, database }: {
      admin: postgres.Sql;
      api: postgres.Sql;
      warnings: string[];
      database: AsyncDisposable;
    },
  ) {
    this.admin = admin;
    this.api = api;
    this.#warnings = warnings;
    this.#database = database;
  }

  async newWorld(): Promise<World> {
    const users = [];
    for (let user = 0; user < 2; user++) {
      const telegramId = this.#nextTelegramId++;
      const hash = telegramId.toString(16).padStart(64, "0");
      const [row] = await this.api`
        select public.login_user(${telegramId}, 'Test', null, null, null, null, false, ${hash}) as l`;
      users.push({ id: row?.l.user.id as string, telegramId });
    }
    const { admin, api } = this;
    const shared = {
      generations: [],
      jobs: [],
      passed: new Set<HeldJob>(),
      ends: new Map(),
      history: [],
    };
    this.#warnings.length = 0;
    return { admin, api, users, ...shared, warnings: this.#warnings, messagesMayBeLost: false };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.admin.end(), this.api.end()]);
    await this.#database[Symbol.asyncDispose]();
  }
}

Deno.test(`interleavings of ${SEQUENCES} sequences, seed ${SEED}, keep every invariant`, async () => {
  for (let first = 0; first < SEQUENCES; first += SEQUENCES_PER_DATABASE) {
    await using arena = await Arena.open();
    const last = Math.min(SEQUENCES, first + SEQUENCES_PER_DATABASE);
    for (let number = first; number < last; number++) {
      const world = await arena.newWorld();
      const seed = SEED + number;
      const [sessions, steps] = [2 + seed % (MAX_SESSIONS - 1), 3 + seed % 6];
      const wrong = await runSequence(world, { seed, sessions, steps });
      const history = world.history.join("\n");
      assertEquals(wrong, [], `Sequence ${number}, seed ${seed}:\n${history}`);
    }
  }
});

Deno.test("admin.ledger_violations names a balance that was edited by hand", async () => {
  await using arena = await Arena.open();
  const { users: [user, other] } = await arena.newWorld();
  const { admin } = arena;
  assertEquals(await findViolations(admin), []);
  await admin`update public.users set credits = credits + 1 where id = ${user?.id ?? ""}`;
  const [row, ...more] = await admin`select * from admin.ledger_violations`;
  assertEquals([row?.violation, row?.user_id, row?.detail, more], [
    "balance_differs_from_ledger",
    user?.id,
    "balance 7, sum of ledger 6",
    [],
  ]);
  assertEquals((await findViolations(admin)).length, 1);
  await admin`update public.users set credits = credits - 1 where id = ${user?.id ?? ""}`;
  await admin`update public.users set credits = credits - 1 where id = ${other?.id ?? ""}`;
  assertEquals((await admin`select user_id from admin.ledger_violations`)[0]?.user_id, other?.id);
});
