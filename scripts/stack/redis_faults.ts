/**
 * An HTTP listener that fails on demand. On `Deno.serve` and not on `node_server.ts`: every submission
 * passes here several times, and this costs half the time. Its price: one connection cannot be closed
 * alone, so a `"down"` closes them all.
 */

/** How one request fails. `"ok"`: not at all. */
export type RedisFault = "ok" | "hang" | "down" | { status: number; body?: string };

/** What holds until the next change, or a list spent one a request and followed by `"ok"`. */
export type RedisFaults = "ok" | "hang" | "down" | readonly RedisFault[];

/** A listening server. */
export interface FaultyListener {
  /** Origin, without a trailing slash. */
  readonly url: string;
  /** @throws {TypeError} For what is no {@linkcode RedisFaults}. */
  setFaults(faults: RedisFaults): Promise<void>;
  /** Closes every connection and frees the port. Again is no error. */
  close(): Promise<void>;
}

/** How often, and after which pause in milliseconds, a port that is taken is tried again. */
const BIND_TRIES = 50;
const BIND_PAUSE_MS = 100;

type Handler = (request: Request) => Promise<Response>;

/** Serves `handle` on `hostname` and `port` (0: any free one). */
export async function startFaultyListener(
  handle: Handler,
  { hostname = "127.0.0.1", port = 0 }: { hostname?: string; port?: number },
): Promise<FaultyListener> {
  const listener = new Listener(handle, hostname, port);
  await listener.setFaults("ok");
  return listener;
}

/** What holds the port: a server, or a door that closes whatever comes in. */
interface Holder {
  kind: "server" | "closer";
  port: number;
  release(): Promise<void>;
}

class Listener implements FaultyListener {
  #holder: Holder | undefined;
  #changes: Promise<void> = Promise.resolve();
  #standing: "ok" | "hang" = "ok";
  #oneShots: RedisFault[] = [];
  #closed = false;

  constructor(
    private readonly handle: Handler,
    private readonly hostname: string,
    private port: number,
  ) {}

  get url(): string {
    return `http://${this.hostname}:${this.port}`;
  }

  async setFaults(faults: RedisFaults): Promise<void> {
    checkFaults(faults);
    await this.#change(async () => {
      this.#oneShots = typeof faults === "string" ? [] : [...faults];
      this.#standing = faults === "hang" ? "hang" : "ok";
      await this.#hold(faults === "down" ? "closer" : "server");
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#change(async () => {
      await this.#holder?.release();
      this.#holder = undefined;
    });
  }

  /** One change at a time: two may not bind the port together. */
  #change(work: () => Promise<void>): Promise<void> {
    const change = this.#changes.then(work);
    this.#changes = change.catch(() => undefined);
    return change;
  }

  async #hold(kind: Holder["kind"]): Promise<void> {
    if (this.#closed || this.#holder?.kind === kind) return;
    await this.#holder?.release();
    this.#holder = undefined;
    const place = { hostname: this.hostname, port: this.port };
    this.#holder = await bindAgain(() =>
      kind === "server" ? serve(place, (request) => this.#answer(request)) : closeAll(place)
    );
    this.port = this.#holder.port;
  }

  async #answer(request: Request): Promise<Response> {
    const fault = this.#oneShots.shift() ?? this.#standing;
    if (fault === "ok") return await this.handle(request);
    if (typeof fault === "object") {
      await request.text();
      return new Response(fault.body ?? JSON.stringify({ error: "ERR told to fail" }), fault);
    }
    if (fault === "down") {
      // Not awaited: the old server ends only when this request is let go, which closing it does.
      this.#change(async () => {
        if (this.#holder?.kind !== "server") return;
        await this.#hold("closer");
        await this.#hold("server");
      });
    }
    return await new Promise<never>(() => undefined);
  }
}

/** Between two holders the port is free for a moment: somebody's outgoing connection may have it for a while. */
async function bindAgain(bind: () => Holder): Promise<Holder> {
  for (let tries = 1;; tries++) {
    try {
      return bind();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || tries === BIND_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BIND_PAUSE_MS));
    }
  }
}

function serve(place: { hostname: string; port: number }, answer: Handler): Holder {
  const abort = new AbortController();
  const server = Deno.serve({ ...place, signal: abort.signal, onListen() {} }, answer);
  return {
    kind: "server",
    port: server.addr.port,
    release() {
      // Closes every connection too, whatever its request waits for.
      abort.abort();
      return server.finished;
    },
  };
}

function closeAll(place: { hostname: string; port: number }): Holder {
  const listener = Deno.listen(place);
  const loop = (async () => {
    for await (const connection of listener) connection.close();
  })();
  return {
    kind: "closer",
    port: (listener.addr as Deno.NetAddr).port,
    release() {
      listener.close();
      return loop;
    },
  };
}

function checkFaults(faults: unknown): void {
  if (faults === "ok" || faults === "hang" || faults === "down") return;
  if (Array.isArray(faults) && faults.every(isFault)) return;
  throw new TypeError(
    `Faults of Redis must be "ok", "hang", "down" or a list of these and of {status: 200 or 400-599, body?}: got ${
      JSON.stringify(faults)
    }`,
  );
}

function isFault(fault: unknown): boolean {
  if (fault === "ok" || fault === "hang" || fault === "down") return true;
  if (typeof fault !== "object" || fault === null) return false;
  const { status, body, ...rest } = fault as Record<string, unknown>;
  const isError = Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599;
  return (status === 200 || isError) &&
    (body === undefined || typeof body === "string") && Object.keys(rest).length === 0;
}
