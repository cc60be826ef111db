/** One process of one function: from its start to its end. */
import type { ForwardedRequest } from "./forwarded_request.ts";
import { TextLineStream } from "./text_lines.ts";

/** What is started. */
export interface FunctionProcessOptions {
  name: string;
  /** Holds `index.ts` and `deno.json`. */
  folder: string;
  env: Readonly<Record<string, string>>;
  onLog: (line: string) => void;
}

/**
 * How long a function may take to accept requests, which may include fetching its packages, and to end
 * in order, in milliseconds.
 */
const START_TIMEOUT_MS = 180_000;
const END_TIMEOUT_MS = 8_000;

/** What Deno itself needs of our environment: its cache, and how to fetch packages into it. */
const PASSED_ON = [
  ...["HOME", "PATH", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME", "NPM_CONFIG_REGISTRY"],
  ...["DENO_CERT", "DENO_TLS_CA_STORE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"],
];

/** What `edge_runtime.ts` prints once it listens. */
const LISTENING = /^edge-runtime listens on port (\d+)$/;

/** A function that cannot be started, or not in time. */
export class FunctionBootError extends Error {
  override name = "FunctionBootError";
}

/** A running function. */
export class FunctionProcess {
  /** The address it accepts requests at; rejects with FunctionBootError when it does not come up. */
  readonly #address: Promise<string>;
  readonly #child: Deno.ChildProcess;
  /**
   * Of this process alone. Deno sends a POST again when a kept-alive connection drops: a client and a port that no
   * later process of the function shares leave it nobody to send it to.
   */
  readonly #client = Deno.createHttpClient({ http2: false });
  readonly #ended: Promise<void>;
  #takesRequests = true;
  #isAlive = true;

  constructor(options: FunctionProcessOptions) {
    this.#child = spawn(options);
    const listening = Promise.withResolvers<string>();
    const onLine = (line: string) => {
      const port = LISTENING.exec(line)?.[1];
      if (port === undefined) options.onLog(`${options.name} | ${line}`);
      else listening.resolve(`http://127.0.0.1:${port}`);
    };
    const printed = [this.#child.stdout, this.#child.stderr].map((it) => forward(it, onLine));
    const fail = () => listening.reject(new FunctionBootError(`"${options.name}" does not start`));
    const late = setTimeout(() => {
      fail();
      this.#signal("SIGKILL");
    }, START_TIMEOUT_MS);
    this.#address = listening.promise.finally(() => clearTimeout(late));
    // A failed start is reported to the requests that wait for it.
    this.#address.catch(() => undefined);
    this.#ended = this.#child.status.then(async () => {
      this.#isAlive = this.#takesRequests = false;
      this.#client.close();
      await Promise.all(printed);
      fail();
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** False once it has been told to end: from then on another process has to serve. */
  get takesRequests(): boolean {
    return this.#takesRequests;
  }

  /** Resolves once it accepts requests. */
  async ready(): Promise<void> {
    await this.#address;
  }

  /**
   * Sends a request on, once at most, and gives the answer as it comes.
   *
   * @throws {FunctionBootError} When the process does not come up.
   * @throws {TypeError} When it ends before it has answered.
   */
  async fetch({ path, ...request }: ForwardedRequest): Promise<Response> {
    const address = await this.#address;
    return await fetch(address + path, { ...request, redirect: "manual", client: this.#client });
  }

  /** Sends a signal and waits for the end; one that takes too long is killed. */
  async end(signal: Deno.Signal): Promise<void> {
    this.#takesRequests = false;
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
}

function spawn({ folder, env }: FunctionProcessOptions): Deno.ChildProcess {
  const passedOn = PASSED_ON.map((key) => [key, Deno.env.get(key)] as const)
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      // The AWS SDK names the system's version in its user agent.
      ...["--allow-net", "--allow-env", "--allow-sys=osRelease"],
      `--config=${folder}/deno.json`,
      `--preload=${import.meta.dirname}/edge_runtime.ts`,
      `${folder}/index.ts`,
    ],
    cwd: folder,
    clearEnv: true,
    env: {
      ...Object.fromEntries(passedOn),
      // A proxy is for packages; the stack itself is here.
      NO_PROXY: ["127.0.0.1", Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? ""].join(","),
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      ...env,
      // The system chooses the port as it is bound: nobody else can take it in between.
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
    },
    stdin: "null",
    // Ctrl-C in the terminal is for the stack, which ends its parts in order.
    detached: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function forward(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) onLine(line);
}
