/** Broadcast under the test's control: joins are answered, and events come when the test sends them. */
import type { Broadcasts, JoinStatus, TopicListeners } from "../src/broadcasts.ts";

/** A topic that was joined. */
export interface FakeTopic extends TopicListeners {
  topic: string;
  /** The access token Realtime knew when it was joined. */
  isAuthorized: boolean;
  isLeft: boolean;
  say(status: JoinStatus, message?: string): void;
}

/** Broadcast under the test's control. */
export interface FakeBroadcasts extends Broadcasts {
  readonly topics: FakeTopic[];
  /** The one joined last. */
  readonly last: FakeTopic;
  /** What the server does with a join: `ready` (SUBSCRIBED and streaming), `early` (it does not say), `mute`. */
  onJoin: "ready" | "early" | "mute";
  authorizations: number;
  disconnects: number;
  /** What a disconnect takes. */
  disconnecting: Promise<void>;
  /** Sends an event to every joined listener. */
  emit(payload: unknown): void;
}

/** Makes it. */
export function createFakeBroadcasts(): FakeBroadcasts {
  const broadcasts: FakeBroadcasts = {
    topics: [],
    get last() {
      return broadcasts.topics.at(-1) as FakeTopic;
    },
    onJoin: "ready",
    authorizations: 0,
    disconnects: 0,
    disconnecting: Promise.resolve(),
    authorize() {
      broadcasts.authorizations++;
      return Promise.resolve();
    },
    disconnect() {
      broadcasts.disconnects++;
      return broadcasts.disconnecting;
    },
    join(topic, listeners) {
      const joined: FakeTopic = {
        ...listeners,
        topic,
        isAuthorized: broadcasts.authorizations > 0,
        isLeft: false,
        say: (status, message) =>
          listeners.onStatus(status, message === undefined ? undefined : new Error(message)),
      };
      broadcasts.topics.push(joined);
      queueMicrotask(() => {
        if (broadcasts.onJoin === "mute" || joined.isLeft) return;
        joined.say("SUBSCRIBED");
        if (broadcasts.onJoin === "ready") listeners.onReady();
      });
      return {
        leave() {
          joined.isLeft = true;
          listeners.onStatus("CLOSED");
          return Promise.resolve();
        },
      };
    },
    emit(payload) {
      if (!broadcasts.last.isLeft) broadcasts.last.onEvent(payload);
    },
  };
  return broadcasts;
}
