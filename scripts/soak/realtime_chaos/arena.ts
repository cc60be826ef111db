/** Where watches are tortured: a stack with its page, which can be restarted in place, data and all. */
import postgres from "postgres";
import { type Door, openDoor } from "../door.ts";
import { insist } from "../insist.ts";
import { createStackPage } from "../../stack/mini_app/stack_page.ts";
import { type Stack, startStack } from "../../stack/stack.ts";

/** Time to a picture, in milliseconds. */
export interface Latency {
  ms: number;
  jitter_ms: number;
}

/** A stack under torture. */
export interface Arena extends AsyncDisposable {
  readonly url: string;
  readonly publishableKey: string;
  readonly botToken: string;
  readonly jwtSecret: string;
  /** The control door; waits while the stack restarts. */
  readonly door: Door;
  /** Asks Postgres, as a superuser, again and again while it restarts. */
  ask<Rows>(query: (sql: postgres.Sql) => Promise<Rows>): Promise<Rows>;
  /** Of the provider; outlives a restart. */
  setLatency(latency: Latency): Promise<void>;
  /** Stops the stack and starts it on the same port, with the same data. */
  restart(): Promise<void>;
}

/** Short leases, so that what a restart interrupts is soon done again; no limit in the way. */
const SETTINGS = {
  max_concurrent: 12,
  per_user_concurrency: 2,
  max_pending_per_user: 100,
  rate_limit_per_minute: 100_000,
  signup_credits: 100,
  lease_seconds: 3,
};

/** Starts a stack. `onLog` takes the functions' logs, a line each. */
export async function openArena(onLog: (line: string) => void = () => {}): Promise<Arena> {
  const dataDirectory = await Deno.makeTempDir({ prefix: "pixelpop-torture-" });
  // Postgres may run as another user, who has to get to its own folder in it.
  await Deno.chmod(dataDirectory, 0o711);
  const page = createStackPage();
  let latency: Latency = { ms: 100, jitter_ms: 0 };
  let port = 0;
  let running: Promise<{ stack: Stack; sql: postgres.Sql; door: Door }> = start();

  async function start() {
    const stack = await startStack({ port, dataDirectory, page: page.serve, onFunctionLog: onLog });
    port = stack.port;
    page.open(stack.variables);
    const { DATABASE_URL = "", STACK_CONTROL_URL = "" } = stack.variables;
    const sql = postgres(DATABASE_URL, { max: 4, backoff: () => 0.1, onnotice: () => {} });
    const door = openDoor(STACK_CONTROL_URL);
    await door("PUT /openai/latency", latency);
    return { stack, sql, door };
  }

  async function stop(): Promise<void> {
    const { stack, sql } = await running;
    await sql.end({ timeout: 1 });
    await stack.stop();
  }

  const { stack: { url, variables }, sql } = await running.catch(async (error) => {
    await Deno.remove(dataDirectory, { recursive: true });
    throw error;
  });
  await sql`update private.settings set ${sql(SETTINGS)} where singleton`;
  // Takes effect with the next start; what measures the time from a commit needs it.
  await sql`alter system set track_commit_timestamp = on`;

  return {
    url,
    publishableKey: variables.SUPABASE_PUBLISHABLE_KEY ?? "",
    botToken: variables.TELEGRAM_BOT_TOKEN ?? "",
    jwtSecret: variables.JWT_SECRET ?? "",
    door: async (line, body) => await (await running).door(line, body),
    ask: (query) => insist(async () => await query((await running).sql)),
    async setLatency(next) {
      latency = next;
      await (await running).door("PUT /openai/latency", next);
    },
    async restart() {
      running = stop().then(start);
      await running;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(dataDirectory, { recursive: true });
    },
  };
}
