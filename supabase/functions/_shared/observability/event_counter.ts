/** Counts what no row of the database tells, refusals and cold starts, and reports it a few times a minute at most. */
import type { RpcClient } from "../db/rpc.ts";
import type { ErrorCode } from "../http/errors.ts";
import type { Runtime } from "../platform/runtime.ts";
import { createLogger } from "./log.ts";

/** Counts the answers of one isolate. */
export interface EventCounter {
  /** Notes an answer; `code` of a refusal. Never throws, never waits. */
  answered(answer: { code?: string | undefined }): void;
}

/** What an {@link EventCounter} works with. */
export interface EventCounterDeps {
  /** Names the function in the count of cold starts. */
  name: string;
  db: RpcClient;
  runtime: Pick<Runtime, "sleep" | "waitUntil" | "onShutdown" | "now" | "writeLog">;
}

/** How long events are gathered, so that a crowd of refusals costs the database nothing, in milliseconds. */
const GATHER_MS = 10_000;

/** Codes of answers that are refused for the load or the caller's means; others are mistakes of a client. */
const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  "rate_limited",
  "too_many_pending",
  "too_many_blocked",
  "generation_paused",
  "insufficient_credits",
]);

/** Makes a counter; the first answer counts as the isolate's cold start. */
export function createEventCounter({ name, db, runtime }: EventCounterDeps): EventCounter {
  const log = createLogger(runtime, { function: name });
  const ending = new AbortController();
  let counts = new Map<string, number>();
  let isGathering = false;
  let isCold = true;
  runtime.onShutdown(() => ending.abort());

  function add(metric: "refusals" | "cold_starts", label: string): void {
    const key = `${metric} ${label}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (isGathering) return;
    isGathering = true;
    runtime.waitUntil(report());
  }

  async function report(): Promise<void> {
    // An aborted sleep rejects: the isolate ends, and tells what it has.
    await runtime.sleep(GATHER_MS, ending.signal).catch(() => undefined);
    isGathering = false;
    const events = [...counts].map(([key, total]) => {
      const [metric, label] = key.split(" ");
      return { metric, label, total };
    });
    counts = new Map();
    // Not put again: a count that was lost is better than one that was told twice.
    await db.rpc("count_events", { events }).catch((error) => {
      log.warn("events_not_counted", { error });
    });
  }

  return {
    answered({ code }) {
      if (isCold) add("cold_starts", name);
      isCold = false;
      if (code !== undefined && REFUSALS.has(code)) add("refusals", code);
    },
  };
}
