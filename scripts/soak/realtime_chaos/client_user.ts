/** A person with the client module alone: asks for pictures, some at a time, and watches each to its end. */
import { inParallel } from "../in_parallel.ts";
import { pause } from "../insist.ts";
import {
  createMiniApp,
  isFinal,
  type MiniApp,
  type Progress,
  toMiniAppError,
} from "@pixelpop/client";
import { signInitData } from "../../demo/sign_init_data.ts";
import type { Arena } from "./arena.ts";
import type { Plan } from "./plan.ts";
import { createTokenShortener, fetchShortTokens } from "./short_tokens.ts";
import { readIdOf, type Sighting } from "./sighting.ts";

/** How a person watches. */
export interface WatchOptions {
  telegramId: number;
  /** Life of an access token. @default the backend's own */
  tokenSeconds?: number | undefined;
  /** Whether GETs matter: then those that follow the last end are waited for. */
  countsReads: boolean;
  /** Told when the person is logged in. */
  onReady(): void;
  /** Told of every end. */
  onEnd(): void;
}

/** Generations a person watches at once. */
const AT_ONCE = 3;
const PATIENCE_MS = 90_000;
/** Until what confirms a result has been sent, and sent again: it counts as a read. */
export const SETTLE_MS = 1_600;

/** Logs a new person in and watches what is planned, each to its end. */
export async function watchByClient(
  arena: Arena,
  plans: readonly Plan[],
  options: WatchOptions,
): Promise<Sighting[]> {
  const { url: supabaseUrl, publishableKey, botToken, jwtSecret } = arena;
  const { telegramId, tokenSeconds: seconds } = options;
  const reads = new Map<string, number>();
  const send = seconds === undefined
    ? fetch
    : fetchShortTokens(createTokenShortener({ jwtSecret, seconds }));
  const app = createMiniApp({
    supabaseUrl,
    publishableKey,
    fetch(input, init) {
      const { method, url } = new Request(input, init);
      const id = readIdOf(method, url);
      if (id !== undefined) reads.set(id, (reads.get(id) ?? 0) + 1);
      return send(input, init);
    },
  });
  let sightings: Sighting[] = [];
  try {
    const user = { id: telegramId, first_name: "Torture" };
    await app.login(await signInitData({ botToken, user }));
    options.onReady();
    sightings = await inParallel(AT_ONCE, plans, async (plan) => {
      const sighting = await watchOne(app, plan);
      options.onEnd();
      return sighting;
    });
    if (options.countsReads) await pause(SETTLE_MS);
  } finally {
    await app.close();
  }
  return sightings.map((sighting) => ({ ...sighting, reads: reads.get(sighting.id) ?? 0 }));
}

async function watchOne(app: MiniApp, { prompt, cancelAfterMs }: Plan): Promise<Sighting> {
  const id = await submit(app, prompt);
  const sighting: Sighting = {
    ...{ id, by: "client", shown: [], hasEnded: false, reads: 0, mishaps: [] },
  };
  const end = Promise.withResolvers<void>();
  const stop = app.watch(id, show, (error) => {
    sighting.mishaps.push(`the watch ended in ${error.code}`);
    end.resolve();
  });
  function show({ status, version, public_url: url, error_code: errorCode }: Progress): void {
    sighting.shown.push({ status, version, url, errorCode });
    sighting.hasEnded = isFinal(status);
    if (sighting.hasEnded) end.resolve();
  }
  if (cancelAfterMs !== undefined) {
    await pause(cancelAfterMs);
    // A refusal, as when it is being generated, is as good as a success: the watch goes on.
    await app.cancel(id).catch(() => {});
  }
  const timer = setTimeout(end.resolve, PATIENCE_MS);
  await end.promise;
  clearTimeout(timer);
  // What is told after the end would be told now.
  await pause(50);
  stop();
  return sighting;
}

// As the person would who sees "no connection": once more, and charged once.
async function submit(app: MiniApp, prompt: string): Promise<string> {
  const idempotencyKey = crypto.randomUUID();
  for (const giveUp = Date.now() + PATIENCE_MS;;) {
    try {
      return (await app.submit(prompt, { quality: "low", idempotencyKey })).id;
    } catch (error) {
      if (!toMiniAppError(error).isPassing || Date.now() > giveUp) throw error;
      await pause(200);
    }
  }
}
