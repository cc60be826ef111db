/** The functions in this process, over a database of their own and the stand-ins; for tests that want the real thing. */
import postgres from "postgres";
import { startDataApi } from "../../../scripts/stack/data_api.ts";
import { type BotApi, startBotApi } from "../../../scripts/stack/bot_api.ts";
import { type OpenAi, startOpenAi } from "../../../scripts/stack/openai.ts";
import { type S3, startS3 } from "../../../scripts/stack/s3.ts";
import { signInitData } from "../../../scripts/demo/sign_init_data.ts";
import { createAccessTokens } from "../_shared/auth/access_token.ts";
import { createRpcClient } from "../_shared/db/rpc.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { createAuthApp } from "../auth/handler.ts";
import { createAdmissionDeps } from "../generation/admission_deps.ts";
import { createGenerationApp } from "../generation/handler.ts";
import { createObjectDeleter } from "../generation/object_deleter.ts";
import { createSubmissionBatches } from "../generation/submission_batches.ts";
import { readWorkerFunctionConfig } from "../worker/config.ts";
import { createWorker, type Worker } from "../worker/worker.ts";
import { cloneDatabase, type ClonedDatabase } from "./database.ts";
import { assertDescribed } from "./described.ts";
import { createFakeRuntime, type FakeRuntime } from "./fakes.ts";

/** A backend of one test file. */
export interface Backend extends AsyncDisposable {
  sql: postgres.Sql;
  /** Superuser URL of its database. */
  databaseUrl: string;
  openai: OpenAi;
  s3: S3;
  bot: BotApi;
  /** Its clock is the real one; its logs are captured. */
  runtime: FakeRuntime;
  environment: Record<string, string>;
  /** Sends a request to a function, by its path below `/functions/v1`. */
  send(path: string, options?: SendOptions): Promise<Response>;
  /** Logs a new user in. */
  logIn(telegramId?: number, user?: { allows_write_to_pm?: boolean }): Promise<Account>;
  /** Makes another worker instance. */
  startWorker(): Worker;
  /** Rings a worker and waits until it rests. */
  work(worker?: Worker): Promise<void>;
  /** Rows that must not be. */
  violations(): Promise<unknown[]>;
}

/** How a request is sent. */
export interface SendOptions {
  method?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A user who is logged in. */
export interface Account {
  token: string;
  refreshToken: string;
  id: string;
  telegramId: number;
  credits: number;
}

const SECRET_KEY = "sb_secret_0123456789abcdefghij";
const JWT_SECRET = "a-secret-of-the-tests-with-32-characters";
const BOT_TOKEN = "7000000001:tests-bot-token-of-thirty-five-chars";
const OPENAI_KEY = "sk-tests-0123456789";

let nextTelegramId = 1_000;

/**
 * Starts a backend. Without Redis: limits are judged in Postgres.
 *
 * @param options.database A migrated database of its own, dropped at the end. Default: a copy of the template.
 */
export async function startBackend(
  options: { database?: ClonedDatabase } = {},
): Promise<Backend> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(options.database ?? await cloneDatabase());
  const sql = postgres(database.url, { max: 4, onnotice: () => {} });
  stack.defer(() => sql.end());
  const openai = await startOpenAi({ apiKey: OPENAI_KEY });
  stack.defer(() => openai.close());
  openai.setLatency({ ms: 20 });
  const s3 = await startBucket(stack);
  const bot = startBotApi({ botToken: BOT_TOKEN });
  stack.defer(() => bot.close());
  const url = await serveDataApi(stack, database.url);
  const environment = {
    SUPABASE_URL: url,
    SUPABASE_SECRET_KEY: SECRET_KEY,
    JWT_SECRET,
    TELEGRAM_BOT_TOKEN: BOT_TOKEN,
    TELEGRAM_API_BASE_URL: bot.url,
    WORKER_SECRET: "worker-secret-of-the-tests",
    OPENAI_API_KEY: OPENAI_KEY,
    OPENAI_BASE_URL: openai.url,
    AWS_ACCESS_KEY_ID: "AKIATESTS",
    AWS_SECRET_ACCESS_KEY: "tests",
    AWS_ENDPOINT_URL_S3: s3.url,
  };
  const runtime = createFakeRuntime({ env: environment, fetch: globalThis.fetch });
  runtime.now = () => Date.now();
  runtime.sleep = sleepBriefly;
  const config = readWorkerFunctionConfig(runtime.env);
  const apps = createApps(runtime, { url, storage: config.storage });
  // No jitter: a retry is due at once.
  const startWorker = () => createWorker(config, runtime, { random: () => 0 });
  const first = startWorker();

  async function send(path: string, options: SendOptions = {}): Promise<Response> {
    const { method = "GET", token, body, headers } = options;
    const request = new Request(`http://functions/${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const response = await (path.startsWith("auth") ? apps.auth : apps.generation).fetch(request);
    await assertDescribed({ method, path }, response);
    return response;
  }

  return {
    sql,
    databaseUrl: database.url,
    openai,
    s3,
    bot,
    runtime,
    environment,
    send,
    async logIn(telegramId = nextTelegramId++, more = {}) {
      const user = { id: telegramId, first_name: "Test", ...more };
      const initData = await signInitData({ botToken: BOT_TOKEN, user });
      const response = await send("auth/login", { method: "POST", body: { initData } });
      const answer = await response.json();
      return {
        token: answer.access_token,
        refreshToken: answer.refresh_token,
        id: answer.user.id,
        telegramId,
        credits: answer.user.credits,
      };
    },
    startWorker,
    async work(worker = first) {
      worker.ring();
      await worker.idle();
      await runtime.background();
    },
    violations: async () => [...await sql`select * from admin.ledger_violations`],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function createApps(
  runtime: Runtime,
  { url, storage }: {
    url: string;
    storage: ReturnType<typeof readWorkerFunctionConfig>["storage"];
  },
) {
  const db = createRpcClient({ url, secretKey: SECRET_KEY, fetch: runtime.fetch });
  const admission = createAdmissionDeps({ redis: undefined, db, runtime });
  const accessTokens = createAccessTokens({
    key: { algorithm: "HS256", secret: JWT_SECRET },
    supabaseUrl: url,
    now: runtime.now,
  });
  const shared = { runtime, corsOrigins: "*" as const, accessTokens, db, ...admission };
  return {
    auth: createAuthApp({
      ...shared,
      refreshKey: { algorithm: "HS256", secret: JWT_SECRET },
      telegram: { botToken: BOT_TOKEN, maxAgeSeconds: 3600 },
    }),
    generation: createGenerationApp({
      ...shared,
      sendSubmission: createSubmissionBatches({ db, runtime }),
      deleteObject: createObjectDeleter(storage, runtime),
    }),
  };
}

/** Starts a bucket that `stack` removes; anybody may read what is in it. */
export async function startBucket(stack: AsyncDisposableStack): Promise<S3> {
  const directory = await Deno.makeTempDir({ prefix: "pixelpop-test-objects-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const s3 = await startS3({
    directory,
    bucket: "pixelpop",
    region: "us-east-1",
    accessKeyId: "AKIATESTS",
    secretAccessKey: "tests",
  });
  stack.defer(() => s3.close());
  return s3;
}

async function serveDataApi(stack: AsyncDisposableStack, databaseUrl: string): Promise<string> {
  const dataApi = await startDataApi({
    databaseUrl,
    connections: 8,
    credentials: {
      publishableKey: "sb_publishable_0123456789abcdefghij",
      secretKey: SECRET_KEY,
      jwtSecret: JWT_SECRET,
    },
  });
  stack.defer(() => dataApi.close());
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  const server = Deno.serve(options, (request) => dataApi.fetch(request));
  stack.defer(() => server.shutdown());
  return `http://127.0.0.1:${server.addr.port}`;
}

/** Twenty times as fast as asked: waits are still in order, and a test takes no second of backoff. */
function sleepBriefly(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, milliseconds / 20);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
