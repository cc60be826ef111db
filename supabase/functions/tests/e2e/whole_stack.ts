/** The whole embedded stack, shared by the tests of one file and reached as any program outside reaches it. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import type { GenerationState, Login } from "../../../../scripts/demo/api.ts";
import { signInitData } from "../../../../scripts/demo/sign_init_data.ts";
import { startStack } from "../../../../scripts/stack/stack.ts";
import { cloneDatabase } from "../database.ts";
import { assertDescribed } from "../described.ts";
import { until } from "../until.ts";

/** A running stack. */
export interface WholeStack {
  url: string;
  /** What `.stack/env` would hold. */
  variables: Record<string, string>;
  /** As a superuser. */
  sql: postgres.Sql;
  /** What the functions printed. */
  logs: string[];
  /** Asks the control door, by a line such as `PUT /cron`; gives the JSON it answers. */
  door<Answer = unknown>(line: string, body?: unknown): Promise<Answer>;
  /** Calls a function: `path` follows `/functions/v1/`. */
  call(path: string, options?: CallOptions): Promise<Response>;
  /** Logs a new user in, or the one with this Telegram id. */
  logIn(telegramId?: number): Promise<Account>;
  /** Submits; a generation of low quality unless `body` says otherwise. */
  submit(account: Account, options?: { body?: object; key?: string }): Promise<Response>;
  /** Submits, and gives the id of what was accepted. */
  accept(account: Account, body?: object): Promise<string>;
  /** GET /generation/{id}. */
  look(account: Account, id: string): Promise<GenerationState>;
  /** Polls until the status is one of these. */
  untilStatus(account: Account, id: string, ...statuses: string[]): Promise<GenerationState>;
  /** The real supabase-js of a user; Realtime knows the token. */
  client(account: Account): Promise<SupabaseClient>;
  /** Outcomes of a generation's attempts, in order; null while one runs. */
  outcomes(id: string): Promise<(string | null)[]>;
  credits(account: Account): Promise<number>;
  /** Stops the schedule and waits for the run under way. */
  stopCron(): Promise<void>;
  /** Lets nothing start until `release`, as when the provider asks everybody to wait. */
  hold(): Promise<{ release(): Promise<void> }>;
  /** Checks that no credit went astray, and stops. */
  stop(): Promise<void>;
}

/** How a function is called. */
export interface CallOptions {
  method?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A user who is logged in. */
export interface Account {
  id: string;
  telegramId: number;
  token: string;
  refreshToken: string;
}

let nextTelegramId = 5_000;

/**
 * Starts a stack with quick pictures and a rate limit nobody meets. Its database is a copy on the server
 * of the tests; a stack with a server of its own is what scripts/tests start.
 */
export async function startWholeStack(): Promise<WholeStack> {
  await using ends = new AsyncDisposableStack();
  const database = ends.use(await cloneDatabase());
  const sql = postgres(database.url, {
    max: 4,
    onnotice: () => {},
    connection: { application_name: "tests" },
  });
  ends.defer(() => sql.end());
  // A job knows its database by name, and the copy has another.
  await sql`update cron.job set database = current_database()`;
  const logs: string[] = [];
  // No environment: what the developer's shell names must not replace a stand-in.
  const stack = await startStack({
    port: 0,
    databaseUrl: database.url,
    onFunctionLog: (line) => logs.push(line),
  });
  ends.defer(() => stack.stop());
  const variables = { ...stack.variables } as Record<string, string>;
  const clients: SupabaseClient[] = [];
  ends.defer(async () => {
    for (const client of clients) await client.realtime.disconnect();
  });

  async function door<Answer>(line: string, body?: unknown): Promise<Answer> {
    const [method = "", path] = line.split(" ");
    const response = await fetch(`${variables.STACK_CONTROL_URL}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${line} answered ${response.status}: ${text}`);
    return text === "" ? undefined as Answer : JSON.parse(text);
  }

  async function call(path: string, options: CallOptions = {}): Promise<Response> {
    const { method = "GET", token, body, headers } = options;
    const response = await fetch(`${stack.url}/functions/v1/${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    // Without it the gateway answers in the place of a function that is down.
    if (response.headers.has("x-request-id")) await assertDescribed({ method, path }, response);
    return response;
  }

  async function logIn(telegramId = nextTelegramId++): Promise<Account> {
    const initData = await signInitData({
      botToken: variables.TELEGRAM_BOT_TOKEN ?? "",
      user: { id: telegramId, first_name: "Test" },
    });
    const response = await call("auth/login", { method: "POST", body: { initData } });
    assertEquals(response.status, 200);
    const login: Login = await response.json();
    return {
      id: login.user.id,
      telegramId,
      token: login.access_token,
      refreshToken: login.refresh_token,
    };
  }

  function submit(
    { token }: Account,
    { body = {}, key }: { body?: object; key?: string } = {},
  ): Promise<Response> {
    return call("generation", {
      method: "POST",
      token,
      body: { prompt: "a red fox", quality: "low", ...body },
      ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
    });
  }

  async function look({ token }: Account, id: string): Promise<GenerationState> {
    const response = await call(`generation/${id}`, { token });
    assertEquals(response.status, 200);
    return await response.json();
  }

  await sql`update private.settings set rate_limit_per_minute = 1000`;
  await door("PUT /openai/latency", { ms: 20 });
  const kept = ends.move();
  return {
    url: stack.url,
    variables,
    sql,
    logs,
    door,
    call,
    logIn,
    submit,
    async accept(account, body) {
      const response = await submit(account, { body: body ?? {} });
      assertEquals(response.status, 202);
      return (await response.json()).id;
    },
    look,
    untilStatus: (account, id, ...statuses) =>
      until(`${id} is ${statuses.join(" or ")}`, async () => {
        const state = await look(account, id);
        return statuses.includes(state.status) && state;
      }),
    async client({ token }) {
      const client = createClient(stack.url, variables.SUPABASE_PUBLISHABLE_KEY ?? "", {
        accessToken: () => Promise.resolve(token),
      });
      clients.push(client);
      await client.realtime.setAuth();
      return client;
    },
    async outcomes(id) {
      const rows = await sql<{ outcome: string | null }[]>`
        select outcome from private.generation_attempts where generation_id = ${id}
        order by attempt`;
      return rows.map(({ outcome }) => outcome);
    },
    async credits({ id }) {
      const [row] = await sql<{ credits: number }[]>`
        select credits from public.users where id = ${id}`;
      return row?.credits ?? NaN;
    },
    async stopCron() {
      await door("PUT /cron", { mode: "stop" });
      await until("the last run has ended", async () => {
        const running = await sql`select 1 from cron.job_run_details where end_time is null`;
        return running.length === 0;
      });
    },
    async hold() {
      await sql`update private.provider_state set rate_paused_until = now() + interval '9 minutes'`;
      return {
        async release() {
          await sql`update private.provider_state set rate_paused_until = null`;
          await door("POST /webhooks/repeat", { times: 1 });
        },
      };
    },
    async stop() {
      try {
        assertEquals([...await sql`select * from admin.ledger_violations`], []);
      } finally {
        await kept.disposeAsync();
      }
    },
  };
}
