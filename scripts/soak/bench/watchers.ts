/** Users who wait for their pictures, by polling alone or with Realtime beside it, as the contract asks. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { BenchStack } from "./bench_stack.ts";
import type { BenchUser } from "./users.ts";

/** Watches the generations of one user. */
export interface Watcher {
  /** Watches one more generation, until it is finished or the watcher stops. */
  watch(generationId: string): void;
  stop(): Promise<void>;
}

/** What all watchers together saw. */
export interface Sightings {
  /** Generations that are watched. */
  watched: number;
  polls: number;
  /** Milliseconds each poll took. */
  pollMs: number[];
  /** Answers that are neither 200 nor 304. */
  badAnswers: number;
  /** Generations seen finished, by which way first. */
  finished: Map<string, "poll" | "broadcast">;
}

/** Makes an empty count. */
export function noSightings(): Sightings {
  return { watched: 0, polls: 0, pollMs: [], badAnswers: 0, finished: new Map() };
}

/** Makes a watcher; with `realtime` it joins the user's private channel first. */
export async function createWatcher(
  stack: Pick<BenchStack, "url" | "variables">,
  { user, realtime, sightings }: { user: BenchUser; realtime: boolean; sightings: Sightings },
): Promise<Watcher> {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const client = realtime ? await joinOwnTopic(stack, { user, sightings }) : undefined;

  async function poll(id: string): Promise<void> {
    let etag = "";
    while (!stopping.signal.aborted && !sightings.finished.has(id)) {
      const since = performance.now();
      const response = await fetch(
        `${stack.url}/functions/v1/generation/${id}${realtime ? "?realtime=live" : ""}`,
        {
          headers: {
            authorization: `Bearer ${user.token}`,
            ...(etag === "" ? {} : { "if-none-match": etag }),
          },
        },
      );
      sightings.polls++;
      let waitMs = 1_000;
      if (response.status === 200) {
        const state = await response.json();
        etag = response.headers.get("etag") ?? "";
        if (state.finished_at !== null) sightings.finished.set(id, "poll");
        waitMs = state.poll_after_ms;
      } else {
        await response.body?.cancel();
        if (response.status !== 304) sightings.badAnswers++;
      }
      sightings.pollMs.push(performance.now() - since);
      await sleep(waitMs * (0.9 + Math.random() * 0.2), stopping.signal);
    }
  }

  return {
    watch(generationId) {
      sightings.watched++;
      // The submission's answer said when to ask first; a second is never too early here.
      const polling = sleep(1_000, stopping.signal).then(() => poll(generationId))
        .finally(() => running.delete(polling));
      running.add(polling);
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
      await client?.removeAllChannels();
    },
  };
}

async function joinOwnTopic(
  { variables }: Pick<BenchStack, "variables">,
  { user, sightings }: { user: BenchUser; sightings: Sightings },
): Promise<SupabaseClient> {
  const { SUPABASE_URL: url = "", SUPABASE_PUBLISHABLE_KEY: key = "" } = variables;
  const client = createClient(url, key, { accessToken: () => Promise.resolve(user.token) });
  await client.realtime.setAuth(user.token);
  const channel = client.channel(`user:${user.id}`, { config: { private: true } })
    .on("broadcast", { event: "generation" }, ({ payload }) => {
      const isFinished = payload.status === "COMPLETED" || payload.status === "FAILED";
      if (isFinished && !sightings.finished.has(payload.id)) {
        sightings.finished.set(payload.id, "broadcast");
      }
    });
  await new Promise<void>((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve();
      else if (status !== "CLOSED") reject(error ?? new Error(`Joining ended in ${status}`));
    }, 60_000);
  });
  return client;
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
