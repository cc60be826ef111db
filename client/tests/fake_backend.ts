/** The functions in memory, as far as the client meets them, with faults on demand. */
import type { Generation } from "../src/generation.ts";

/** A request the backend received. */
export interface Received {
  method: string;
  /** After `/functions/v1/`, with its query. */
  path: string;
  headers: Record<string, string>;
  // deno-lint-ignore no-explicit-any
  body: any;
}

/** What a request is answered with; "lost": it takes effect, but the answer never comes. */
export type Fault = { status: number; code?: string; headers?: Record<string, string> } | {
  kind: "unreachable" | "lost" | "html" | "garbled" | "hanging";
} | {
  /** Takes effect at once; the answer comes later. */
  held: Promise<void>;
};

/** The backend. */
export interface FakeBackend {
  fetch: typeof fetch;
  readonly received: Received[];
  readonly rows: Map<string, Generation>;
  /** Seconds an access token lives. */
  lifetime: number;
  /** Tokens the functions accept; a refresh token is good once. */
  readonly accessTokens: Set<string>;
  readonly refreshTokens: Set<string>;
  /** Reads of the balance that still give the one before a refund, as a busy Postgres does. */
  staleReads: number;
  /** Whether login accepts what it is given. */
  initDataIsFresh: boolean;
  /** Faults the next requests to a path meet, in order. */
  fail(path: string, ...faults: Fault[]): void;
  add(row?: Partial<Generation>): Generation;
  /** Changes a row as SQL would; gives the event of it. */
  change(id: string, change: Partial<Generation>): {
    id: string;
    status: Generation["status"];
    version: number;
    public_url: string | null;
    error_code: string | null;
  };
  /** How often a path was asked for. */
  count(method: string, path: string | RegExp): number;
}

/** The project of the tests. */
export const URL_OF_TESTS = "http://backend.test";
const USER = { id: "user-1", telegram_id: 42, first_name: "Ada", username: null };

/** Makes a backend. */
export function createFakeBackend(): FakeBackend {
  const faults = new Map<string, Fault[]>();
  const keys = new Map<string, Generation>();
  let count = 0;
  let credits = 20;

  function issue(): unknown {
    const number = ++count;
    backend.accessTokens.add(`access-${number}`);
    backend.refreshTokens.add(`refresh-${number}`);
    return {
      access_token: `access-${number}`,
      token_type: "bearer",
      expires_in: backend.lifetime,
      refresh_token: `refresh-${number}`,
      user: { ...USER, credits },
    };
  }

  function serve({ method, path, headers, body }: Received): [number, unknown] {
    const [name = "", id] = path.split("?")[0]?.split("/") ?? [];
    if (path === "auth/login") {
      return backend.initDataIsFresh ? [200, issue()] : [401, { code: "expired_init_data" }];
    }
    if (path === "auth/refresh") {
      const isGood = backend.refreshTokens.delete(body.refresh_token);
      return isGood ? [200, issue()] : [401, { code: "invalid_refresh_token" }];
    }
    const token = headers.authorization?.slice("Bearer ".length) ?? "";
    if (!backend.accessTokens.has(token)) return [401, { code: "unauthorized" }];
    if (path === "auth/logout") return [204, undefined];
    if (name !== "generation") return [404, { code: "not_found" }];
    if (method === "POST") return submit(headers["idempotency-key"] ?? "", body);
    if (id === undefined) return [200, { items: [...backend.rows.values()], next: null }];
    const row = backend.rows.get(id);
    if (row === undefined) return [404, { code: "not_found" }];
    if (method === "DELETE") return path.endsWith("?only=pending") ? cancel(row) : drop(row);
    const isLive = path.endsWith("?realtime=live") && row.poll_after_ms > 0;
    return [200, { ...row, poll_after_ms: isLive ? 30_000 : row.poll_after_ms }];
  }

  function submit(key: string, { prompt }: { prompt: string }): [number, unknown] {
    const known = keys.get(key);
    const row = known ?? backend.add({ prompt });
    if (known === undefined) credits -= 4;
    keys.set(key, row);
    const { id, created_at, queue, poll_after_ms } = row;
    const accepted = { id, status: "PENDING", created_at, queue, poll_after_ms, credits };
    return [known === undefined ? 202 : 200, { ...accepted, channel: `user:${USER.id}` }];
  }

  function cancel(row: Generation): [number, unknown] {
    if (row.status === "CANCELLED") return [200, row];
    return row.status === "PENDING" ? drop(row) : [409, { code: "already_started" }];
  }

  function drop(row: Generation): [number, unknown] {
    if (row.status === "PROCESSING") return [409, { code: "already_started" }];
    if (row.status !== "PENDING") backend.rows.delete(row.id);
    else backend.change(row.id, { status: "CANCELLED" });
    return [200, backend.rows.get(row.id) ?? row];
  }

  const backend: FakeBackend = {
    async fetch(input, init) {
      const received: Received = {
        method: init?.method ?? "GET",
        path: String(input).replace(`${URL_OF_TESTS}/functions/v1/`, ""),
        headers: init?.headers as Record<string, string>,
        body: init?.body === undefined ? undefined : JSON.parse(String(init.body)),
      };
      if (received.path.startsWith(`${URL_OF_TESTS}/rest/v1/users`)) {
        const isStale = backend.staleReads-- > 0;
        return Response.json([{ credits: isStale ? credits - 4 : credits }]);
      }
      backend.received.push(received);
      await Promise.resolve();
      const fault = faults.get(received.path.split("?")[0] ?? "")?.shift();
      if (fault === undefined) return answer(...serve(received));
      if ("status" in fault) {
        return answer(fault.status, { code: fault.code, request_id: "request-1" }, fault.headers);
      }
      if ("held" in fault) {
        const served = serve(received);
        await fault.held;
        return answer(...served);
      }
      if (fault.kind === "garbled") {
        serve(received);
        return answer(200, "<html>Welcome to this train's network</html>");
      }
      if (fault.kind === "html") return answer(502, "<html>Bad gateway</html>");
      if (fault.kind === "lost") serve(received);
      if (fault.kind === "hanging") {
        await new Promise((_, reject) =>
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))
        );
      }
      throw new TypeError("Failed to fetch");
    },
    received: [],
    rows: new Map(),
    lifetime: 3_600,
    accessTokens: new Set(),
    refreshTokens: new Set(),
    initDataIsFresh: true,
    staleReads: 0,
    fail: (path, ...more) => void faults.set(path, [...faults.get(path) ?? [], ...more]),
    add(row = {}) {
      const id = row.id ?? `generation-${backend.rows.size + 1}`;
      const added: Generation = {
        id,
        status: "PENDING",
        prompt: "a fox",
        size: "1024x1024",
        quality: "medium",
        output_format: "png",
        attempt: 0,
        created_at: "2026-11-23T12:00:00+00:00",
        started_at: null,
        finished_at: null,
        public_url: null,
        error: null,
        queue: { position: 3, eta_seconds: 12 },
        poll_after_ms: 3_000,
        version: 1,
        ...row,
      };
      backend.rows.set(id, added);
      return added;
    },
    change(id, change) {
      const row = backend.rows.get(id) as Generation;
      const status = change.status ?? row.status;
      const isDone = status !== "PENDING" && status !== "PROCESSING";
      if (status !== row.status && (status === "FAILED" || status === "CANCELLED")) credits += 4;
      const next: Generation = {
        ...row,
        version: row.version + 1,
        ...(status === "PENDING" ? {} : { queue: null }),
        ...(isDone ? { poll_after_ms: 0 } : {}),
        ...(status === "COMPLETED" ? { public_url: `http://bucket.test/${id}.png` } : {}),
        ...change,
      };
      backend.rows.set(id, next);
      const { version, public_url, error } = next;
      return { id, status, version, public_url, error_code: error?.code ?? null };
    },
    count: (method, path) =>
      backend.received.filter((request) =>
        request.method === method &&
        (typeof path === "string" ? request.path.split("?")[0] === path : path.test(request.path))
      ).length,
  };
  return backend;
}

// Not a Response, whose body is read by the event loop: a clock that stands still waits for none.
function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body) ?? "";
  return {
    ok: status < 300,
    status,
    headers: new Headers(headers),
    text: () => Promise.resolve(text),
  } as Response;
}
