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
  generationId: string;
  ways: ReadonlySet<Way>;
  onSighting: (sighting: Sighting) => void;
  onQueue: (queue: { position: number; eta_seconds: number }) => void;
}

/** A watch that goes on until `stop`. */
export interface Watch {
  /** Resolves once Realtime has joined its channels; at once without Realtime. */
  joined: Promise<void>;
  /** Polls at once: another way has news. */
  pollNow(): void;
  stop(): Promise<void>;
}

/** Starts to watch. */
export function watchGeneration(options: WatchOptions): Watch {
  const abort = new AbortController();
  const pause = createPause(abort.signal);
  const channels = joinChannels(options);
  const polling = options.ways.has("get")
    ? poll(options, { signal: abort.signal, pause })
    : Promise.resolve();
  return {
    pollNow: () => pause.end(),
    joined: Promise.all(channels.map((channel) => channel.joined)).then(() => undefined),
    async stop() {
      abort.abort();
      await polling;
      await options.client.removeAllChannels();
    },
  };
}

function joinChannels(options: WatchOptions): { joined: Promise<void> }[] {
  const { client, userId, generationId, ways, onSighting } = options;
  const joins: { joined: Promise<void> }[] = [];
  const subscribe = (channel: ReturnType<SupabaseClient["channel"]>) => {
    const joined = new Promise<void>((resolve) => {
      channel.subscribe((status) => status === "SUBSCRIBED" && resolve());
    });
    joins.push({ joined });
  };
  if (ways.has("broadcast")) {
    subscribe(
      client.channel(`user:${userId}`, { config: { private: true } })
        .on("broadcast", { event: "generation" }, ({ payload }) => {
          if (payload.id === generationId) onSighting({ way: "broadcast", ...payload });
        }),
    );
  }
  if (ways.has("postgres_changes")) {
    const filter = `id=eq.${generationId}`;
    subscribe(
      client.channel(`generation:${generationId}`).on(
        "postgres_changes",
        { event: "UPDATE", schema: "public", table: "generations", filter },
        ({ new: row }) => {
          const { status, version } = row as GenerationState;
          onSighting({ way: "postgres_changes", status, version });
        },
      ),
    );
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
  { signal, pause }: { signal: AbortSignal; pause: Pause },
): Promise<void> {
  const { supabaseUrl, token, generationId, onSighting, onQueue } = options;
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
