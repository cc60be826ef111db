/** The ways to torture a watch. */
import { pause } from "../insist.ts";
import { drawInteger, type Random } from "../random.ts";
import type { Arena, Latency } from "./arena.ts";

/** What a torment works with. */
export interface TormentContext {
  arena: Arena;
  random: Random;
  /** Aborted when all watches have ended. */
  signal: AbortSignal;
  /** To be called at every blow. */
  onBlow(): void;
}

/** One way. */
export interface Torment {
  name: string;
  /** In a few words, for the help and the table. */
  about: string;
  /** How long a picture takes meanwhile: long enough to be hit. */
  latency: Latency;
  /** Nothing is done to Realtime: then few GETs must do. */
  isHealthy: boolean;
  /** Life of an access token. @default the backend's own */
  tokenSeconds?: number;
  /** Strikes until the signal, and leaves everything whole. */
  torture(context: TormentContext): Promise<void>;
}

const HEALTHY: Torment = {
  name: "healthy",
  about: "nothing is done: at most 3 GETs a generation",
  latency: { ms: 700, jitter_ms: 600 },
  isHealthy: true,
  torture: () => Promise.resolve(),
};

const DROPPED: Torment = {
  name: "dropped",
  about: "every socket of Realtime is closed, every second",
  latency: { ms: 2_200, jitter_ms: 1_800 },
  isHealthy: false,
  async torture({ arena, signal, onBlow }) {
    while (!signal.aborted) {
      await arena.door("POST /realtime/drop");
      onBlow();
      await rest(1_000, signal);
    }
  },
};

const SHORT_TOKENS: Torment = {
  name: "short_tokens",
  about: "access tokens of 5 s, every other renewal after the end of the last one",
  latency: { ms: 6_500, jitter_ms: 1_500 },
  isHealthy: false,
  tokenSeconds: 5,
  torture: () => Promise.resolve(),
};

const SILENT: Torment = {
  name: "silent",
  about: "the channel is open, joined and says nothing",
  latency: { ms: 1_500, jitter_ms: 1_400 },
  isHealthy: false,
  async torture({ arena, signal, onBlow }) {
    await arena.door("PUT /realtime", { mode: "silent" });
    onBlow();
    await aborted(signal);
    await arena.door("PUT /realtime", { mode: "up" });
  },
};

const RESTARTED: Torment = {
  name: "restarted",
  about: "the whole stack is stopped and started, same port, same data",
  latency: { ms: 2_500, jitter_ms: 1_500 },
  isHealthy: false,
  async torture({ arena, random, signal, onBlow }) {
    while (!signal.aborted) {
      await rest(drawInteger(random, [300, 1_800]), signal);
      if (signal.aborted || await countOpen(arena) === 0) continue;
      await arena.restart();
      onBlow();
      // Something is to get done in between.
      await rest(drawInteger(random, [5_000, 8_000]), signal);
    }
  },
};

const EVERYTHING: Torment = {
  name: "everything",
  about: "tokens of 5 s, while Realtime is dropped, silent, away and back by the second",
  latency: { ms: 4_000, jitter_ms: 3_500 },
  isHealthy: false,
  tokenSeconds: 5,
  async torture({ arena, random, signal, onBlow }) {
    const blows: readonly (() => Promise<unknown>)[] = [
      () => arena.door("POST /realtime/drop"),
      ...["up", "silent", "down"].map((mode) => () => arena.door("PUT /realtime", { mode })),
    ];
    while (!signal.aborted) {
      await blows[drawInteger(random, [0, blows.length - 1])]?.();
      onBlow();
      await rest(1_000, signal);
    }
    await arena.door("PUT /realtime", { mode: "up" });
  },
};

/**
 * All of them. Slow pictures last: beside a channel that says nothing the client looks again when the
 * picture is overdue, by what pictures took lately.
 */
export const TORMENTS = {
  HEALTHY,
  SILENT,
  DROPPED,
  RESTARTED,
  SHORT_TOKENS,
  EVERYTHING,
} as const satisfies Record<string, Torment>;

async function countOpen(arena: Arena): Promise<number> {
  const [row] = await arena.ask((sql) =>
    sql<{ count: number }[]>`
      select count(*)::integer as count from public.generations where finished_at is null`
  );
  return row?.count ?? 0;
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await Promise.race([pause(milliseconds), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
