/** The embedded stack: starts every part in order, and stops them in the opposite one. */
import { join } from "@std/path";
import { startBotApi } from "./bot_api.ts";
import { startControl } from "./control.ts";
import { startCron } from "./cron.ts";
import { startDataApi } from "./data_api.ts";
import { startFunctions } from "./functions.ts";
import { startGateway } from "./gateway.ts";
import { keepPort } from "./kept_port.ts";
import { createKeys, loadKeys } from "./keys.ts";
import { applyMigrations } from "./migrate.ts";
import { startOpenAi } from "./openai.ts";
import { ownSchedules } from "./own_schedules.ts";
import { preparePlatform } from "./platform.ts";
import { claimPort } from "./ports.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { findRealServices } from "./real_services.ts";
import { startReaper } from "./reaper.ts";
import { startRealtime } from "./realtime.ts";
import { startRedisRest } from "./redis_rest.ts";
import { startRedisServer } from "./redis_server.ts";
import { startS3 } from "./s3.ts";
import { PUBLIC_PREFIXES } from "./s3/public_read.ts";
import { Shutdown } from "./shutdown.ts";
import { stackCredentials, stackVariables } from "./variables.ts";
import { setVaultSecrets } from "./vault_secrets.ts";
import { startWebhooks } from "./webhooks.ts";

/** How a stack is started. */
export interface StackOptions {
  /** The gateway's port; 0: any free one. @default {54321} */
  port?: number;
  /** Keeps the data there; without it data is temporary. */
  dataDirectory?: string;
  /** Superuser URL of a migrated database to use, in place of a server of its own; for tests. */
  databaseUrl?: string;
  /** The environment, in which real services may be named. @default an empty one */
  env?: (name: string) => string | undefined;
  /** Takes lines of the functions' logs. */
  onFunctionLog?: (line: string) => void;
  /** Answers what is not an API, such as the Mini App's page. */
  page?: (request: Request) => Response | Promise<Response> | undefined;
  /** Breaks the start off. */
  signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly port: number;
  /** What `.stack/env` holds, by name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What the person who started it should know, a line each. */
  readonly notes: readonly string[];
  /**
   * Removes a file and, if it still equals it, its copy, by their absolute paths, should this process
   * end without `stop`.
   */
  removeAfterCrash(path: string, copy: string): void;
  /** Aborts, with the error, when a part without which nothing works has ended by itself. */
  readonly failed: AbortSignal;
  /** Stops every part and removes what is temporary. Again is no error. */
  stop(): Promise<void>;
}

/** The Edge Functions, by folder. */
export const FUNCTION_NAMES = ["auth", "generation", "worker"];

/**
 * Starts a stack; resolves when it answers.
 *
 * @throws {Error} When the port is taken, a part does not start, or the start is broken off;
 * everything is stopped then.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const shutdown = new Shutdown();
  try {
    return await startParts(options, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function startParts(options: StackOptions, shutdown: Shutdown): Promise<Stack> {
  const failed = new AbortController();
  const port = claimPort(options.port ?? 54321);
  const real = findRealServices(options.env ?? (() => undefined));
  const work = await Deno.makeTempDir({ prefix: "pixelpop-stack-" });
  // Postgres may run as another user, who has to get to its own folder in it.
  await Deno.chmod(work, 0o711);
  shutdown.onStop(() => Deno.remove(work, { recursive: true }));
  const reaper = await startReaper(join(work, "reaper"));
  shutdown.onStop(() => reaper.close());
  reaper.removeOnExit(work);
  const { dataDirectory } = options;
  if (dataDirectory !== undefined) await Deno.mkdir(dataDirectory, { recursive: true });
  const generated = dataDirectory === undefined ? createKeys() : await loadKeys(dataDirectory);
  const keys = {
    ...generated,
    ...(real.telegramBotToken && { telegramBotToken: real.telegramBotToken }),
    ...(real.jwtSecret && { jwtSecret: real.jwtSecret }),
  };
  const credentials = await stackCredentials(keys, real.jwtSigningKey);

  const startRedis = async () => {
    if (real.redis !== undefined) return null;
    const redis = await startRedisServer({ directory: join(work, "redis") });
    if (redis === null) return null;
    shutdown.onStop(() => redis.stop());
    reaper.track("redis", redis.pid);
    return redis;
  };
  const [{ databaseUrl, postgres }, redis] = await bothOrNone(
    startDatabase(options, { work, shutdown, onDeath: (error) => failed.abort(error) }),
    startRedis(),
  );
  options.signal?.throwIfAborted();

  const openai = await startOpenAi({ apiKey: keys.openAiApiKey });
  shutdown.onStop(() => openai.close());
  const s3 = await startS3({
    directory: join(dataDirectory ?? work, "objects"),
    bucket: "pixelpop",
    region: "us-east-1",
    accessKeyId: keys.awsAccessKeyId,
    secretAccessKey: keys.awsSecretAccessKey,
    publicPrefixes: PUBLIC_PREFIXES,
    // It is part of every picture's address in the database.
    port: dataDirectory === undefined ? 0 : await keepPort(dataDirectory, "s3_port"),
  });
  shutdown.onStop(() => s3.close());
  // A real bot talks to Telegram.
  const bot = real.telegramBotToken === undefined
    ? startBotApi({ botToken: keys.telegramBotToken })
    : undefined;
  if (bot !== undefined) shutdown.onStop(() => bot.close());
  const redisRest = redis === null ? null : await startRedisRest({ redis, token: keys.redisToken });
  if (redisRest !== null) shutdown.onStop(() => redisRest.close());
  const dataApi = await startDataApi({
    databaseUrl: databaseUrl.replace("//supabase_admin@", "//authenticator@"),
    credentials,
  });
  shutdown.onStop(() => dataApi.close());
  const realtime = await startRealtime({ databaseUrl, credentials });
  shutdown.onStop(() => realtime.close());

  const url = `http://127.0.0.1:${port}`;
  const variables = stackVariables({ url, databaseUrl, keys, real, openai, s3, bot, redisRest });
  const lastLines: string[] = [];
  const functions = await startFunctions({
    names: FUNCTION_NAMES,
    env: variables.functions,
    onSpawn: (name, pid) => reaper.track(`function-${name}`, pid),
    onLog(line) {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      options.onFunctionLog?.(line);
    },
  });
  const gateway = await startGateway({
    port,
    dataApi,
    realtime,
    functions,
    ...(credentials.jwks === undefined ? {} : { jwks: credentials.jwks }),
    ...(options.page === undefined ? {} : { page: options.page }),
  });
  shutdown.onStop(() => gateway.close());
  // Before the gateway: what the worker gives back goes through it.
  shutdown.onStop(() => functions.close());
  const workerUrl = `${url}/functions/v1/worker`;
  await setVaultSecrets(databaseUrl, {
    worker_url: workerUrl,
    worker_secret: keys.workerSecret,
  });
  const webhooks = await startWebhooks({ databaseUrl });
  shutdown.onStop(() => webhooks.close());
  const cron = await startCron({ databaseUrl });
  shutdown.onStop(() => cron.close());
  const control = await startControl({
    openai,
    s3,
    redis: redisRest ?? undefined,
    redisServer: redis === null ? undefined : {
      kill: () => redis.kill(),
      async restart() {
        await redis.restart();
        reaper.track("redis", redis.pid);
      },
    },
    bot,
    webhooks,
    cron,
    functions,
    functionNames: FUNCTION_NAMES,
    realtime,
    postgres,
    async ringWorker() {
      const headers = { apikey: keys.workerSecret };
      const answer = await fetch(workerUrl, { method: "POST", headers });
      await answer.body?.cancel();
    },
  });
  shutdown.onStop(() => control.close());
  await functions.warm().catch((cause) => {
    throw new Error(`Cannot start the functions: ${cause.message}\n${lastLines.join("\n")}`, {
      cause,
    });
  });
  const isWithoutRedis = real.redis === undefined && redis === null;
  return {
    url,
    port,
    variables: { ...variables.published, STACK_CONTROL_URL: control.url },
    notes: [
      ...(isWithoutRedis ? ["No redis-server on PATH: rate limits are kept in Postgres"] : []),
      ...(real.openAi ? ["Drawing with OpenAI: OPENAI_API_KEY is set"] : []),
      ...(real.s3 ? [`Storing in the bucket ${real.s3.AWS_BUCKET_NAME}: AWS keys are set`] : []),
    ],
    failed: failed.signal,
    removeAfterCrash: (path, copy) => reaper.removeCopyOnExit(copy, path),
    stop: () => shutdown.run(),
  };
}

async function startDatabase(
  { databaseUrl, dataDirectory, signal }: StackOptions,
  { work, shutdown, onDeath }: {
    work: string;
    shutdown: Shutdown;
    onDeath: (error: Error) => void;
  },
): Promise<{ databaseUrl: string; postgres?: Postgres }> {
  if (databaseUrl !== undefined) {
    await ownSchedules(databaseUrl);
    return { databaseUrl };
  }
  const postgres = await startPostgres({
    workDirectory: work,
    onDeath,
    ...(dataDirectory === undefined ? {} : { dataDirectory: join(dataDirectory, "postgres") }),
  });
  shutdown.onStop(() => postgres.stop());
  await preparePlatform(postgres);
  signal?.throwIfAborted();
  await applyMigrations(postgres.url("postgres", "postgres"));
  return { databaseUrl: postgres.url(), postgres };
}

// Waits for both also when one fails: what the other has started by then is stopped too.
async function bothOrNone<One, Other>(
  one: Promise<One>,
  other: Promise<Other>,
): Promise<[One, Other]> {
  await Promise.allSettled([one, other]);
  return await Promise.all([one, other]);
}
