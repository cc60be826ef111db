/** Watches one generation by every way the contract offers: private Broadcast, postgres_changes, and GET. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { callFunction, type GenerationState } from "./api.ts";

/** By which way a state was seen. */
export type Way = "broadcast" | "postgres_changes" | "get";

/** A state that was seen, and how. */
export interface Sighting {
  way: Way;
  status: GenerationState["status"];
  version: number;
}

/** What to watch. */
export interface WatchOptions {
  client: SupabaseClient;
  supabaseUrl: string;
  token: string;
  userId: string;
  ways: ReadonlySet<Way>;
  onSighting: (sighting: Sighting) => void;
  onQueue: (queue: { position: number; eta_seconds: number }) => void;
}

/** A watch that goes on until `stop`. */
export interface Watch {
  /**
   * Waits until Realtime delivers; at once without Realtime. What is submitted then is missed by no
   * way. Gives up silently after ten seconds: a way that is not there is told of at the end.
   */
  joined(): Promise<void>;
  /** Tells of this generation from now on, also what was heard of it before its id was known. */
  follow(generationId: string): void;
  /** Polls at once: another way has news. */
  pollNow(): void;
  stop(): Promise<void>;
}

const JOIN_PATIENCE_MS = 10_000;

/** Starts to listen to everything of a user. */
export function startWatch(options: WatchOptions): Watch {
  const abort = new AbortController();
  const pause = createPause(abort.signal);
  const early: { id: string; sighting: Sighting }[] = [];
  let followed: string | undefined;
  let polling = Promise.resolve();

  function hear(id: string, sighting: Sighting): void {
    if (followed === undefined) early.push({ id, sighting });
    else if (id === followed) options.onSighting(sighting);
  }

  const joins = joinChannels(options, hear);
  return {
    async joined() {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, JOIN_PATIENCE_MS);
      await Promise.race([Promise.all(joins), late]);
      clearTimeout(timer);
    },
    follow(generationId) {
      followed = generationId;
      for (const { id, sighting } of early) hear(id, sighting);
      if (options.ways.has("get")) {
        polling = poll(options, { generationId, signal: abort.signal, pause });
      }
    },
    pollNow: () => pause.end(),
    async stop() {
      abort.abort();
      await polling;
      await options.client.removeAllChannels();
    },
  };
}

type Hear = (id: string, sighting: Sighting) => void;

/** Joins the channels of the ways; each promise resolves once its channel delivers. */
function joinChannels({ client, userId, ways }: WatchOptions, hear: Hear): Promise<void>[] {
  const joins: Promise<void>[] = [];
  if (ways.has("broadcast")) {
    const { promise, resolve } = Promise.withResolvers<void>();
    joins.push(promise);
    client.channel(`user:${userId}`, { config: { private: true } })
      .on("broadcast", { event: "generation" }, ({ payload }) => {
        hear(payload.id, { way: "broadcast", ...payload });
      })
      .subscribe((status) => status === "SUBSCRIBED" && resolve());
  }
  if (ways.has("postgres_changes")) {
    const { promise, resolve } = Promise.withResolvers<void>();
    joins.push(promise);
    // By user and not by id, as there is none yet: a quick picture would be done before its channel is.
    const filter = `user_id=eq.${userId}`;
    client.channel(`generations:${userId}`)
      .on(
        "postgres_changes",
        { event: "UPDATE", schema: "public", table: "generations", filter },
        ({ new: row }) => {
          const { id, status, version } = row as GenerationState;
          hear(id, { way: "postgres_changes", status, version });
        },
      )
      // SUBSCRIBED comes before the changes do.
      .on("system", {}, ({ extension, status }) => {
        if (extension === "postgres_changes" && status === "ok") resolve();
      })
      .subscribe();
  }
  return joins;
}

interface Pause {
  /** Resolves after `milliseconds`, at `end`, or when the watch stops. */
  take(milliseconds: number): Promise<void>;
  end(): void;
}

function createPause(signal: AbortSignal): Pause {
  let end = () => {};
  signal.addEventListener("abort", () => end());
  return {
    take: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        end = () => (clearTimeout(timer), resolve());
      }),
    end: () => end(),
  };
}

async function poll(
  options: WatchOptions,
  { generationId, signal, pause }: { generationId: string; signal: AbortSignal; pause: Pause },
): Promise<void> {
  const { supabaseUrl, token, onSighting, onQueue } = options;
  while (!signal.aborted) {
    let waitMs = 1_000;
    try {
      const path = `generation/${generationId}`;
      const state = await callFunction<GenerationState>(supabaseUrl, path, { token, signal });
      onSighting({ way: "get", status: state.status, version: state.version });
      if (state.queue !== null) onQueue(state.queue);
      if (state.poll_after_ms === 0) return;
      waitMs = state.poll_after_ms;
    } catch (error) {
      if (signal.aborted) return;
      // A poll that fails is made again; the next one tells more.
      void error;
    }
    await pause.take(waitMs);
  }
}
