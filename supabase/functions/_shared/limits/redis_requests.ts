/** Carries Redis commands over HTTP: each at once while few come, many in one pipeline when many do. */
import type { Requester } from "@upstash/redis";
import { createBatcher } from "../concurrency/batcher.ts";
import type { RedisConfig } from "../config/redis.ts";
import type { Runtime } from "../platform/runtime.ts";

/** Upstash's answer to one command (https://upstash.com/docs/redis/features/restapi). */
interface Answer {
  result?: unknown;
  error?: string;
}

interface Waiting {
  command: unknown;
  signal: AbortSignal;
  settle: PromiseWithResolvers<Answer>;
}

/** Gives requesters for Upstash's client; all of them share the connections and pipelines of an isolate. */
export type RedisRequests = (signal: AbortSignal) => Requester;

/**
 * Makes it. A command is sent once, by the runtime's fetch, and given up when its `signal` is aborted; so is
 * a pipeline, once nobody waits for it any more. The SDK's own requester takes no fetch, sends twice with
 * `retry: false`, and answers an aborted request with a made-up result.
 */
export function createRedisRequests(
  { url, token }: RedisConfig,
  runtime: Pick<Runtime, "fetch" | "sleep">,
): RedisRequests {
  const base = url.replace(/\/$/, "");
  const headers = { "authorization": `Bearer ${token}`, "content-type": "application/json" };
  const add = createBatcher<Waiting>({ runtime, send, maxCalls: 2, maxSize: 100, patienceMs: 50 });

  async function send(all: readonly Waiting[]): Promise<void> {
    const batch = all.filter(({ signal }) => !signal.aborted);
    const [only] = batch;
    if (only === undefined) return;
    const ended = new AbortController();
    const giveUp = () => batch.every(({ signal }) => signal.aborted) && ended.abort();
    for (const { signal } of batch) signal.addEventListener("abort", giveUp, { once: true });
    try {
      if (batch.length === 1) {
        only.settle.resolve(await post("", only.command, ended.signal) as Answer);
      } else {
        const answers = await post("/pipeline", batch.map((it) => it.command), ended.signal);
        batch.forEach(({ settle }, index) => settle.resolve((answers as Answer[])[index] ?? {}));
      }
    } catch (error) {
      for (const { settle } of batch) settle.reject(error);
    } finally {
      for (const { signal } of batch) signal.removeEventListener("abort", giveUp);
    }
  }

  async function post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const init = { method: "POST", headers, body: JSON.stringify(body), signal };
    const response = await runtime.fetch(base + path, init);
    // 400 is the failure of one command, such as NOSCRIPT, which the caller must see.
    if (!response.ok && response.status !== 400) {
      await response.body?.cancel();
      throw new Error(`Redis answered ${response.status}`);
    }
    const answer = await response.json();
    const isSound = typeof answer === "object" && answer !== null &&
      Array.isArray(answer) === (path === "/pipeline");
    if (!isSound) throw new TypeError("Redis answered with something else than was asked for");
    return answer;
  }

  return (signal) => ({
    async request<Result>({ path = [], body }: Parameters<Requester["request"]>[0]) {
      if (path.length > 0) {
        throw new TypeError(`Cannot send "${path.join("/")}" to Redis: one command at a time`);
      }
      const settle = Promise.withResolvers<Answer>();
      const abort = () => settle.reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      add({ command: body, signal, settle });
      try {
        return await settle.promise as { result?: Result; error?: string };
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  });
}
