/** One Broadcast channel for all watches: joins, judges whether it is alive, and makes it anew when it is not. */
import type { Broadcasts, JoinStatus } from "./broadcasts.ts";
import { backoff, type Clock, type Timer } from "./clock.ts";
import { type GenerationEvent, readEvent } from "./generation.ts";
import type { SessionKeeper } from "./session.ts";

/**
 * How far the channel is to be believed: `down` (not joined), `doubted` (joined, but the one before
 * missed an event), `joined` (nothing heard yet), `proven` (an event came).
 */
export type Trust = "down" | "doubted" | "joined" | "proven";

/** Callbacks for the channel's changes. */
export interface ChannelListeners {
  onEvent(event: GenerationEvent): void;
  /** What has happened before is not heard of: read it. */
  onJoin(): void;
  onDown(): void;
}

/** What the channel works with. */
export interface LiveChannelDeps {
  broadcasts: Broadcasts;
  session: Pick<SessionKeeper, "user" | "token" | "onChange">;
  clock: Clock;
  random: () => number;
  listeners: ChannelListeners;
}

/** The channel. */
export interface LiveChannel {
  readonly trust: Trust;
  /** Which join this is; 0 while down. What was true in one is not known in another. */
  readonly epoch: number;
  /** Whether the server said that it streams. */
  readonly isReady: boolean;
  /** Keeps the channel open until the given function is called. */
  hold(): () => void;
  /** A change after `version` was seen elsewhere: the channel is dead unless its event still comes. */
  expect(id: string, version: number): void;
  /** The device slept or changed its network: what looks open may be long gone. */
  renew(): void;
  close(): Promise<void>;
}

/** How long after SUBSCRIBED the server's word that it streams is waited for. */
const READY_WAIT_MS = 1_500;
/** How late an event may be. */
const GRACE_MS = 3_000;
/** A channel that has not joined by then is made anew, with its socket. */
const JOIN_PATIENCE_MS = 20_000;
/** How long it stays open when nobody watches: the next generation finds it joined. */
const LINGER_MS = 30_000;
/** A channel that stood for so long and fails is no sign of trouble. */
const STABLE_MS = 5_000;
const RETRY = { first: 1_000, longest: 15_000 };

/** Makes the channel; it opens when it is first held. */
export function createLiveChannel(deps: LiveChannelDeps): LiveChannel {
  const { broadcasts, session, clock, random, listeners } = deps;
  const expected = new Map<string, { version: number; timer: Timer }>();
  let holders = 0;
  let topic: { leave(): Promise<void> } | undefined;
  let userId: string | undefined;
  let isOpen = false;
  /** Counts openings: what an earlier one reports is of no interest. */
  let opening = 0;
  /** The leaving of earlier topics: a socket that is being closed takes no new one. */
  let left: Promise<void> = Promise.resolve();
  let joins = 0;
  let joinedAt = 0;
  let state: "down" | "subscribed" | "joined" = "down";
  let isReady = false;
  let hasSpoken = false;
  /** Failures to join in a row, and channels found dead since the last event. */
  let failures = 0;
  let strikes = 0;
  let timer: Timer | undefined;
  let lingering: Timer | undefined;
  let isClosed = false;

  const stopListening = session.onChange((user) => {
    if (holders === 0) return;
    if (user?.id !== userId) reopen({ wait: 0 });
    else if (isOpen) void broadcasts.authorize().catch(() => {});
  });

  function after(milliseconds: number, run: () => void): void {
    clock.clearTimeout(timer);
    if (!isClosed) timer = clock.setTimeout(run, milliseconds);
  }

  function reopen(how: { wait: number; withSocket?: boolean }): void {
    leave(how.withSocket ?? false);
    isOpen = true;
    const serial = opening;
    after(how.wait, () => void open(serial));
  }

  function leave(withSocket: boolean): void {
    opening++;
    isOpen = false;
    goDown();
    clock.clearTimeout(timer);
    const leaving = topic;
    topic = undefined;
    left = left.then(async () => {
      await leaving?.leave();
      if (withSocket) await broadcasts.disconnect();
    }).catch(() => {
      // It is gone in any case.
    });
  }

  async function open(serial: number): Promise<void> {
    userId = session.user?.id;
    if (userId === undefined) {
      isOpen = false;
      return;
    }
    after(JOIN_PATIENCE_MS, () => fail({ withSocket: true }));
    try {
      await session.token();
      await left;
      await broadcasts.authorize();
    } catch {
      if (serial === opening) fail();
      return;
    }
    if (serial !== opening) return;
    topic = broadcasts.join(`user:${userId}`, {
      onStatus(status, error) {
        if (serial === opening) onStatus(status, error);
      },
      onReady() {
        if (serial === opening) onReady();
      },
      onEvent(payload) {
        if (serial === opening) onEvent(payload);
      },
    });
  }

  function onStatus(status: JoinStatus, error: Error | undefined): void {
    if (status === "SUBSCRIBED") {
      goDown();
      state = "subscribed";
      after(READY_WAIT_MS, join);
    } else if (status === "CLOSED" || isRefusal(error)) {
      // supabase-js does not join again after this, or would with what has just been refused.
      fail();
    } else {
      goDown();
      after(JOIN_PATIENCE_MS, () => fail({ withSocket: true }));
    }
  }

  function onReady(): void {
    if (state === "down") return;
    isReady = true;
    join();
  }

  function onEvent(payload: unknown): void {
    const event = readEvent(payload);
    if (event === undefined) return;
    hasSpoken = true;
    failures = strikes = 0;
    const late = expected.get(event.id);
    if (late !== undefined && event.version > late.version) forget(event.id);
    if (state === "subscribed") join();
    listeners.onEvent(event);
  }

  function join(): void {
    clock.clearTimeout(timer);
    state = "joined";
    joinedAt = clock.now();
    joins++;
    listeners.onJoin();
  }

  function goDown(): void {
    const wasJoined = state === "joined";
    state = "down";
    isReady = hasSpoken = false;
    for (const id of [...expected.keys()]) forget(id);
    if (wasJoined) listeners.onDown();
  }

  function fail(how: { withSocket?: boolean } = {}): void {
    if (state === "joined" && clock.now() - joinedAt >= STABLE_MS) failures = 0;
    // The first time at once: a token that ran out closes the channel, and the next one is there.
    const wait = failures++ === 0 ? 0 : backoff(failures - 1, { ...RETRY, random });
    reopen({ wait, ...how });
  }

  function die(): void {
    strikes++;
    reopen({ wait: backoff(strikes, { ...RETRY, random }), withSocket: strikes > 1 });
  }

  function forget(id: string): void {
    clock.clearTimeout(expected.get(id)?.timer);
    expected.delete(id);
  }

  return {
    get trust() {
      if (state !== "joined") return "down";
      if (hasSpoken) return "proven";
      return strikes > 0 ? "doubted" : "joined";
    },
    get epoch() {
      return state === "joined" ? joins : 0;
    },
    get isReady() {
      return isReady;
    },
    hold() {
      holders++;
      clock.clearTimeout(lingering);
      if (!isOpen) reopen({ wait: 0 });
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        if (--holders === 0 && !isClosed) {
          lingering = clock.setTimeout(() => leave(false), LINGER_MS);
        }
      };
    },
    expect(id, version) {
      if (state !== "joined" || expected.has(id)) return;
      expected.set(id, { version, timer: clock.setTimeout(die, GRACE_MS) });
    },
    renew() {
      if (isOpen && holders > 0) reopen({ wait: 0, withSocket: true });
    },
    async close() {
      isClosed = true;
      stopListening();
      clock.clearTimeout(lingering);
      leave(true);
      await left;
    },
  };
}

/** Whether the server refused the token, or the topic to its bearer: joining with it again is in vain. */
function isRefusal(error: Error | undefined): boolean {
  return /jwt|token|unauthorized/i.test(error?.message ?? "");
}
