/** A Realtime of its own over a bare project with one watched table, and real supabase-js clients for it. */
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import postgres from "postgres";
import { preparePlatform } from "../platform.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { type Realtime, startRealtime } from "../realtime.ts";

/** The two users of the tests. */
export const ALICE = "a11ce000-0000-4000-8000-000000000001";
export const BOB = "b0b00000-0000-4000-8000-000000000002";

/** The keys of the tests. */
export const CREDENTIALS = {
  publishableKey: "sb_publishable_test",
  secretKey: "sb_secret_test",
  jwtSecret: "a secret of at least thirty-two bytes",
};

const SCHEMA = `
  create table public.jobs (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    status text not null default 'PENDING',
    attempt int not null default 0,
    tags text[],
    details jsonb,
    secret text not null default 'hidden',
    created_at timestamptz not null default '2026-01-02T03:04:05.678Z'
  );
  alter table public.jobs enable row level security;
  create policy "own jobs" on public.jobs for select to authenticated
    using (user_id = (select auth.uid()));
  grant select (id, user_id, status, attempt, tags, details, created_at)
    on public.jobs to authenticated;
  alter publication supabase_realtime add table public.jobs;

  create table public.hidden (id int primary key);

  create policy "read own topic" on realtime.messages for select to authenticated
    using (extension = 'broadcast' and (select realtime.topic()) = 'user:' || (select auth.uid()));
  create policy "read room" on realtime.messages for select to authenticated
    using ((select realtime.topic()) like 'room:%');
  create policy "write room" on realtime.messages for insert to authenticated
    with check ((select realtime.topic()) = 'room:' || (select auth.uid()));
`;

/** Gives what a promise gives, or fails after ten seconds. */
export async function deadline<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`No ${what} within 60 s`)), 60_000);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/** What came, in order, to be taken one by one. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  constructor(readonly name: string) {}

  /** How many wait to be taken. */
  get size(): number {
    return this.#items.length;
  }

  readonly put = (item: T): void => {
    const taker = this.#waiting.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  };

  async take(): Promise<T> {
    if (this.#items.length > 0) return this.#items.shift() as T;
    const next = new Promise<T>((resolve) => this.#waiting.push(resolve));
    return await deadline(next, this.name);
  }

  /** Takes until one fits. */
  async find(fits: (item: T) => boolean): Promise<T> {
    for (;;) {
      const item = await this.take();
      if (fits(item)) return item;
    }
  }
}

/** A payload as supabase-js hands it over, whatever it listens to. */
// deno-lint-ignore no-explicit-any
export type Payload = Record<string, any>;

/** What a channel is to listen to. */
export interface Listening {
  topic: string;
  isPrivate?: boolean;
  /** Of `postgres_changes`. */
  changes?: { event: string; schema: string; table?: string; filter?: string; select?: string[] }[];
  broadcast?: { self?: boolean; ack?: boolean; "replication_ready"?: boolean };
}

/** A channel being listened to. */
export interface Listener {
  channel: RealtimeChannel;
  statuses: Inbox<{ status: string; message: string }>;
  changes: Inbox<Payload>;
  broadcasts: Inbox<Payload>;
  systems: Inbox<Payload>;
}

/** Listens, without waiting for anything. */
export function listen(client: SupabaseClient, listening: Listening): Listener {
  const { topic, isPrivate = false, changes = [], broadcast } = listening;
  const channel = client.channel(topic, {
    config: { private: isPrivate, ...(broadcast === undefined ? {} : { broadcast }) },
  });
  const listener: Listener = {
    channel,
    statuses: new Inbox("status"),
    changes: new Inbox("change"),
    broadcasts: new Inbox("broadcast"),
    systems: new Inbox("system message"),
  };
  for (const binding of changes) {
    channel.on("postgres_changes", binding as { event: "*"; schema: string }, listener.changes.put);
  }
  channel.on("broadcast", { event: "*" }, listener.broadcasts.put);
  channel.on("system", {}, listener.systems.put);
  channel.subscribe((status, error) =>
    listener.statuses.put({ status, message: error?.message ?? "" })
  );
  return listener;
}

/** Listens, and waits until events are live. */
export async function subscribe(client: SupabaseClient, listening: Listening): Promise<Listener> {
  const listener = listen(client, listening);
  const { status, message } = await listener.statuses.take();
  if (status !== "SUBSCRIBED") throw new Error(`Cannot subscribe: ${status} ${message}`);
  if (listening.changes !== undefined) {
    const system = await listener.systems.take();
    if (system.status !== "ok") throw new Error(`Cannot watch changes: ${system.message}`);
  }
  return listener;
}

/** Leaves all channels, and keeps the socket. */
export async function leaveAll(client: SupabaseClient): Promise<void> {
  for (const channel of client.getChannels()) await client.removeChannel(channel);
}

/** How a client is made. */
export interface ClientOptions {
  /** Null: none, so that the publishable key decides. */
  token: string | null | (() => Promise<string | null>);
  vsn?: "1.0.0" | "2.0.0";
  heartbeatIntervalMs?: number;
  onHeartbeat?: (status: string) => void;
}

/** Everything a test needs; give it to `await using`. */
export interface Fixture extends AsyncDisposable {
  server: Postgres;
  realtime: Realtime;
  /** Of the gateway. */
  url: string;
  /** Answers of status 503. */
  refusals: Inbox<Response>;
  sql: postgres.Sql;
  sign(claims: Record<string, unknown>, options?: { secret?: string }): Promise<string>;
  /** A token good for an hour. */
  tokenOf(user: string): Promise<string>;
  /** A client whose token Realtime does not know yet. */
  rawClient(options: ClientOptions): SupabaseClient;
  client(options: ClientOptions): Promise<SupabaseClient>;
  /** Inserts a job; gives its id. */
  addJob(user: string): Promise<string>;
  /** Stops all. Again is no error. */
  stop(): Promise<void>;
}

/** Starts Postgres, Realtime and a gateway that passes all requests to it. */
export async function startFixture(): Promise<Fixture> {
  const server = await startPostgres();
  await preparePlatform(server);
  const sql = postgres(server.url(), { max: 1, onnotice: () => undefined });
  await sql.unsafe(SCHEMA);
  const realtime = await startRealtime({ databaseUrl: server.url(), credentials: CREDENTIALS });
  const gateway = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const response = await realtime.handle(request);
      if (response.status === 503) refusals.put(response.clone());
      return response;
    },
  );
  const url = `http://127.0.0.1:${gateway.addr.port}`;
  const refusals = new Inbox<Response>("refusal");
  const clients: SupabaseClient[] = [];

  async function sign(
    claims: Record<string, unknown>,
    { secret = CREDENTIALS.jwtSecret } = {},
  ): Promise<string> {
    return await new SignJWT(claims).setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(secret));
  }

  function rawClient(options: ClientOptions): SupabaseClient {
    const { token, vsn = "2.0.0", heartbeatIntervalMs, onHeartbeat } = options;
    const client = createClient(url, CREDENTIALS.publishableKey, {
      accessToken: typeof token === "function" ? token : () => Promise.resolve(token),
      realtime: {
        vsn,
        ...(heartbeatIntervalMs === undefined ? {} : { heartbeatIntervalMs }),
        ...(onHeartbeat === undefined ? {} : { heartbeatCallback: onHeartbeat }),
      },
    });
    clients.push(client);
    return client;
  }

  let stopping: Promise<void> | undefined;

  async function stop(): Promise<void> {
    await Promise.all(clients.map((client) => client.removeAllChannels()));
    await realtime.close();
    await gateway.shutdown();
    await sql.end();
    await server.stop();
  }

  return {
    server,
    realtime,
    url,
    refusals,
    sql,
    sign,
    tokenOf: (user) =>
      sign({ sub: user, role: "authenticated", exp: Math.floor(Date.now() / 1000) + 3600 }),
    rawClient,
    async client(options) {
      const client = rawClient(options);
      await client.realtime.setAuth();
      return client;
    },
    async addJob(user) {
      const [row] = await sql`insert into public.jobs (user_id) values (${user}) returning id`;
      return row?.id;
    },
    stop: () => stopping ??= stop(),
    [Symbol.asyncDispose]: () => stopping ??= stop(),
  };
}
