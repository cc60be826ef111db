/** Private Broadcast by supabase-js: joins and leaves one topic at a time, and judges nothing. */
import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.ts";

/** What `subscribe` reports. */
export type JoinStatus = "SUBSCRIBED" | "CHANNEL_ERROR" | "TIMED_OUT" | "CLOSED";

/** Callbacks for the events of a topic. */
export interface TopicListeners {
  onStatus(status: JoinStatus, error?: Error): void;
  /** The server streams the database's messages from now on; SUBSCRIBED alone may be early. */
  onReady(): void;
  /** The payload of an event "generation". */
  onEvent(payload: unknown): void;
}

/** The way to Broadcast. */
export interface Broadcasts {
  /** Gives Realtime the current access token; must be awaited before a first `join`. */
  authorize(): Promise<void>;
  /** Joins; `leave` tells the listeners CLOSED. */
  join(topic: string, listeners: TopicListeners): { leave(): Promise<void> };
  /** Drops the socket: the next join opens another. */
  disconnect(): Promise<void>;
}

/** Makes it of a client; the client is asked for when it is first needed. */
export function createBroadcasts(createClient: () => SupabaseClient<Database>): Broadcasts {
  let used: SupabaseClient<Database> | undefined;
  const client = () => used ??= createClient();
  return {
    // A join in the same tick as createClient would go out as anon, and stay so.
    authorize: () => client().realtime.setAuth(),
    join(topic, { onStatus, onReady, onEvent }) {
      const channel = client().channel(topic, {
        config: { private: true, broadcast: { self: false, ack: false, replication_ready: true } },
      });
      channel
        .on("broadcast", { event: "generation" }, ({ payload }) => onEvent(payload))
        .on("system", {}, ({ extension, status }) => {
          if (extension === "system" && status === "ok") onReady();
        })
        .subscribe((status, error) => onStatus(status, error));
      return {
        async leave() {
          await client().removeChannel(channel);
        },
      };
    },
    async disconnect() {
      await used?.realtime.disconnect();
    },
  };
}
