/** One process of one function: from its start to its end. */
import { TextLineStream } from "./text_lines.ts";
import { claimPort } from "./ports.ts";

/** What is started. */
export interface FunctionProcessOptions {
  name: string;
  /** Holds `index.ts` and `deno.json`. */
  folder: string;
  env: Readonly<Record<string, string>>;
  onLog: (line: string) => void;
}

/** How long a function may take to accept requests, and to end in order, in milliseconds. */
const START_TIMEOUT_MS = 60_000;
const END_TIMEOUT_MS = 8_000;

/** What Deno itself needs of our environment. */
const PASSED_ON = ["HOME", "PATH", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME", "SSL_CERT_FILE"];

/** A running function. */
export class FunctionProcess {
  /** Resolves once it accepts requests; rejects when it does not come up. */
  readonly ready: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #port: number;
  readonly #client: Deno.HttpClient;
  readonly #ended: Promise<void>;
  readonly #name: string;
  #isAlive = true;

  constructor({ name, folder, env, onLog }: FunctionProcessOptions) {
    this.#name = name;
    this.#port = claimPort(0);
    // Deno sends a POST again when a kept-alive connection drops: a killed function must not get it twice.
    this.#client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-check",
        ...["--allow-net", "--allow-env", "--allow-read", "--allow-sys"],
        `--config=${folder}/deno.json`,
        `--preload=${import.meta.dirname}/edge_runtime.ts`,
        `${folder}/index.ts`,
      ],
      cwd: folder,
      clearEnv: true,
      env: {
        ...Object.fromEntries(PASSED_ON.flatMap((key) => {
          const value = Deno.env.get(key);
          return value === undefined ? [] : [[key, value]];
        })),
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
        ...env,
        DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${this.#port}`,
      },
      stdin: "null",
      // Ctrl-C in the terminal is for the stack, which ends its parts in order.
      detached: true,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const printed = [this.#child.stdout, this.#child.stderr]
      .map((stream) => this.#forward(stream, onLog));
    this.#ended = this.#child.status.then(async () => {
      this.#isAlive = false;
      this.#client.close();
      await Promise.all(printed);
    });
    this.ready = this.#waitUntilReady();
    // Whoever sends the first request hears of a failed start.
    this.ready.catch(() => undefined);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Sends a request on, once. A function that dies meanwhile answers 502, as the platform does. */
  async fetch(request: Request): Promise<Response> {
    try {
      await this.ready;
      const url = new URL(request.url);
      url.protocol = "http:";
      url.host = `127.0.0.1:${this.#port}`;
      return await fetch(url, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        redirect: "manual",
        client: this.#client,
      });
    } catch {
      const message = `Function "${this.#name}" did not answer`;
      return Response.json({ code: "WORKER_ERROR", message }, { status: 502 });
    }
  }

  /** Sends a signal and waits for the end; one that takes too long is killed. */
  async end(signal: Deno.Signal): Promise<void> {
    this.#signal(signal);
    const force = setTimeout(() => this.#signal("SIGKILL"), END_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(force);
  }

  #signal(signal: Deno.Signal): void {
    try {
      if (this.#isAlive) this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
  }

  async #waitUntilReady(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline && this.#isAlive) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.#port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    throw new Error(`Function "${this.#name}" does not start: see its log`);
  }

  async #forward(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    onLog: (line: string) => void,
  ): Promise<void> {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) onLog(`${this.#name} | ${line}`);
  }
}
