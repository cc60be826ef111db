/**
 * The background worker of the pg_net stand-in: sends the requests queued by `net.http_post`.
 *
 * As in the original a batch is at most 200 requests, the next one waits for the slowest reply, nothing
 * is retried, and redirects are not followed. Left out: the transaction held open for a whole batch.
 */
import postgres from "postgres";

/** A running worker. */
export interface Webhooks {
  /** "drop" loses every request with a header `x-ring` other than "sweep", as a lost webhook. */
  mode: "deliver" | "drop";
  /** Stops at once; requests under way are given up. Again is no error. */
  close(): Promise<void>;
}

/** Which database's queue to serve, as a superuser. */
export interface WebhooksOptions {
  databaseUrl: string;
  /** @default the global fetch, without kept-alive connections */
  fetch?: typeof fetch;
}

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string> | null;
  body: Uint8Array<ArrayBuffer> | null;
  timeout: number;
}

/** What becomes a row of `net._http_response`. */
interface Reply {
  id: string;
  status?: number;
  contentType?: string | null;
  headers?: Record<string, string>;
  content?: string;
  timedOut: boolean;
  error?: string;
}

const BATCH_SIZE = 200;
/** Finds what a lost notification left behind, in milliseconds. */
const SAFETY_POLL = 2_000;
/** After so many milliseconds a statement counts as lost with its connection: postgres.js may never tell. */
const STATEMENT_TIMEOUT = 20_000;

/**
 * Starts to serve the queue; survives restarts of the server and a database without pg_net.
 *
 * @throws {Error} When the database cannot be reached at the start.
 */
export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const worker = new Worker(options);
  await worker.start();
  return worker;
}

class Worker implements Webhooks {
  mode: "deliver" | "drop" = "deliver";
  #databaseUrl: string;
  #sql: postgres.Sql;
  #fetch: typeof fetch;
  #client: Deno.HttpClient | undefined;
  #closing = new AbortController();
  #poll: ReturnType<typeof setInterval> | undefined;
  #awake = false;
  #draining: Promise<void> | undefined;

  constructor({ databaseUrl, fetch: send }: WebhooksOptions) {
    this.#databaseUrl = databaseUrl;
    this.#sql = this.#connect();
    if (send !== undefined) {
      this.#fetch = send;
      return;
    }
    // Deno sends a POST again when a kept-alive connection turns out to be dead.
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    this.#client = client;
    this.#fetch = (input, init) => fetch(input, { ...init, client });
  }

  #connect(): postgres.Sql {
    return postgres(this.#databaseUrl, {
      max: 1,
      backoff: () => 0.2,
      onnotice: () => undefined,
      connection: { application_name: "pg_net" },
    });
  }

  async start(): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#poll = setInterval(() => this.#wake(), SAFETY_POLL);
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    this.#closing.abort();
    await this.#draining;
    await this.#sql.end({ timeout: 1 });
    this.#client?.close();
    this.#client = undefined;
  }

  async #listen(): Promise<void> {
    await this.#sql.listen("net_wake", () => this.#wake(), () => this.#wake());
  }

  /**
   * The answer of a statement; one that does not come gets a new client.
   *
   * @throws {Error} When there is none, or when the worker closes.
   */
  async #ask<T>(statement: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = this.#sql;
    const lost = Promise.withResolvers<never>();
    const abandon = () => lost.reject(new Error("The worker closes"));
    this.#closing.signal.addEventListener("abort", abandon);
    const timer = setTimeout(() => {
      lost.reject(new Error(`No answer within ${STATEMENT_TIMEOUT} ms`));
      this.#sql = this.#connect();
      this.#listen().catch(() => undefined);
      sql.end({ timeout: 0 }).catch(() => undefined);
    }, STATEMENT_TIMEOUT);
    try {
      return await Promise.race([statement(sql), lost.promise]);
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener("abort", abandon);
    }
  }

  /** Drains the queue, once more if that is under way. */
  #wake(): void {
    this.#awake = true;
    if (this.#draining !== undefined || this.#closing.signal.aborted) return;
    this.#draining = this.#drain().finally(() => this.#draining = undefined);
  }

  async #drain(): Promise<void> {
    while (this.#awake && !this.#closing.signal.aborted) {
      this.#awake = false;
      try {
        while (await this.#sendBatch() === BATCH_SIZE);
      } catch {
        // The server is restarting, or pg_net was dropped meanwhile: the next wake-up tries again.
      }
    }
  }

  /** Takes a batch off the queue, sends it and stores the replies; gives its size. */
  async #sendBatch(): Promise<number> {
    const requests = await this.#ask(takeBatch);
    const sent = requests.filter((request) => !this.#isDropped(request));
    const replies = await Promise.all(sent.map((request) => this.#send(request)));
    if (replies.length > 0 && !this.#closing.signal.aborted) await this.#store(replies);
    return requests.length;
  }

  #isDropped({ headers }: QueuedRequest): boolean {
    if (this.mode === "deliver") return false;
    const ring = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "x-ring");
    return ring !== undefined && ring[1] !== "sweep";
  }

  async #send(request: QueuedRequest): Promise<Reply> {
    const { id } = request;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), request.timeout);
    try {
      const response = await this.#fetch(request.url, {
        method: request.method.toUpperCase(),
        headers: { "user-agent": "pg_net/0.20.4", ...request.headers },
        body: request.body,
        redirect: "manual",
        signal: AbortSignal.any([timeout.signal, this.#closing.signal]),
      });
      return {
        id,
        status: response.status,
        contentType: response.headers.get("content-type"),
        headers: Object.fromEntries(response.headers),
        // Postgres text cannot hold a NUL.
        content: (await response.text()).replaceAll("\0", ""),
        timedOut: false,
      };
    } catch (error) {
      if (timeout.signal.aborted) {
        return { id, timedOut: true, error: `Timeout of ${request.timeout} ms reached` };
      }
      const message = error instanceof Error ? error.message : String(error);
      return { id, timedOut: false, error: message };
    } finally {
      clearTimeout(timer);
    }
  }

  async #store(replies: Reply[]): Promise<void> {
    await this.#ask((sql) =>
      sql`
      insert into net._http_response
        (id, status_code, content_type, headers, content, timed_out, error_msg)
      select id, status, "contentType", headers, content, "timedOut", error
      from jsonb_to_recordset(${sql.json(replies as never)}) as reply (
        id bigint, status integer, "contentType" text, headers jsonb, content text,
        "timedOut" boolean, error text)`
    );
  }
}

async function takeBatch(sql: postgres.Sql): Promise<QueuedRequest[]> {
  const [schema] = await sql`select to_regclass('net.http_request_queue') is not null as ready`;
  if (!schema?.ready) return [];
  await sql`delete from net._http_response where created < now() - interval '6 hours'`;
  return await sql<QueuedRequest[]>`
    with taken as (
      delete from net.http_request_queue where id in (
        select id from net.http_request_queue order by id limit ${BATCH_SIZE}
        for update skip locked)
      returning id, method, url, headers, body, timeout_milliseconds as timeout)
    select * from taken order by id`;
}
