/** Watches generations: by the channel while it is alive, by polling beside it, never a step backwards. */
import { backoff, type Clock, type Timer } from "./clock.ts";
import { type MiniAppError, toMiniAppError } from "./errors.ts";
import { type Generation, type GenerationEvent, isFinal } from "./generation.ts";
import { createLastStates } from "./last_states.ts";
import type { LiveChannel } from "./live_channel.ts";
import { clampQuick, LIVE_MS, quickOfEta, waitOf } from "./pace.ts";
import { type News, newsOfEvent, newsOfRow, type Progress } from "./progress.ts";

/** Callbacks of a watch. */
export interface WatchListeners {
  /** At once with what is known, then at every change, and never again after a final one. */
  onChange(progress: Progress): void;
  /** The generation cannot be watched: it is gone (`not_found`), or the session is (`signed_out`). */
  onError?: ((error: MiniAppError) => void) | undefined;
}

/** What watching works with. */
export interface WatcherDeps {
  read(id: string, options: { isLive: boolean }): Promise<Generation>;
  channel: LiveChannel;
  clock: Clock;
  random: () => number;
  /** Called once with each final state; `isRead`: from a read, not from an event. */
  onFinal?: (progress: Progress, how: { isRead: boolean }) => void;
  /** Called after each read: whether it reached the backend. */
  onReach?: (isReached: boolean) => void;
}

/** Watches. */
export interface Watcher {
  /** Starts; the function it gives stops. */
  watch(id: string, listeners: WatchListeners): () => void;
  /**
   * Takes over what was learned elsewhere: an answer to a submission, a row of a list.
   *
   * @returns Whether it was news; false when something newer was known.
   */
  learn(news: News): boolean;
  onEvent(event: GenerationEvent): void;
  /** The channel has joined: what it missed before is read. */
  onJoin(): void;
  onDown(): void;
  /** Reads everything now, as after a sleep. */
  wake(): void;
  close(): void;
}

/** A generation being watched. */
interface Watched {
  readonly id: string;
  /** With the state each was called with last. */
  readonly listeners: Map<WatchListeners, Progress | undefined>;
  /** Releases the channel. */
  release: () => void;
  timer: Timer | undefined;
  readAt: number;
  isReading: boolean;
  mustReadAgain: boolean;
  failures: number;
  /** See `Pace`. */
  quickMs: number;
  liveMs: number;
  agreed: number;
  /** The row as it was last known under one join: whatever changes after it must be announced. */
  known: (Pick<Progress, "version" | "status"> & { epoch: number; attempt?: number }) | undefined;
}

/** A channel that joins again and again makes no more reads than this apart. */
const READ_GAP_MS = 1_000;
/** A channel that falls joins again after a second, as a rule: then it is read anyway. */
const DOWN_MS = 2_500;
const RETRY = { first: 1_000, longest: 15_000 };

/** Makes the watcher. */
export function createWatcher(deps: WatcherDeps): Watcher {
  const { channel, clock, random } = deps;
  const watched = new Map<string, Watched>();
  const states = createLastStates((id) => watched.has(id));
  let isClosed = false;

  function take(news: News, isRead: boolean): boolean {
    const next = states.take(news);
    const entry = watched.get(news.id);
    if (next === undefined || entry === undefined) return next !== undefined;
    for (const listeners of [...entry.listeners.keys()]) tell(entry, listeners);
    if (!isFinal(next.status)) return true;
    forget(entry);
    guard(() => deps.onFinal?.(next, { isRead }));
    return true;
  }

  function tell(entry: Watched, listeners: WatchListeners): void {
    const progress = states.of(entry.id);
    if (progress === undefined || !entry.listeners.has(listeners)) return;
    if (entry.listeners.get(listeners) === progress) return;
    entry.listeners.set(listeners, progress);
    guard(() => listeners.onChange(progress));
  }

  function forget(entry: Watched): void {
    clock.clearTimeout(entry.timer);
    if (watched.get(entry.id) !== entry) return;
    watched.delete(entry.id);
    entry.release();
  }

  function schedule(entry: Watched, milliseconds: number): void {
    clock.clearTimeout(entry.timer);
    if (isClosed || watched.get(entry.id) !== entry) return;
    entry.timer = clock.setTimeout(() => void read(entry), milliseconds);
  }

  function scheduleNext(entry: Watched): void {
    const etaSeconds = states.of(entry.id)?.queue?.eta_seconds ?? 0;
    const { trust, isReady } = channel;
    // Spread, so that clients that lost Realtime together do not poll together.
    schedule(entry, waitOf({ ...entry, trust, isReady, etaSeconds }) * (0.9 + random() * 0.2));
  }

  function readSoon(entry: Watched): void {
    if (entry.isReading) entry.mustReadAgain = true;
    else schedule(entry, Math.max(0, entry.readAt + READ_GAP_MS - clock.now()));
  }

  async function read(entry: Watched): Promise<void> {
    clock.clearTimeout(entry.timer);
    entry.isReading = true;
    entry.mustReadAgain = false;
    entry.readAt = clock.now();
    const { epoch, trust } = channel;
    const isLive = trust === "proven" || trust === "joined";
    try {
      const row = await deps.read(entry.id, { isLive });
      if (isClosed) return;
      entry.failures = 0;
      deps.onReach?.(true);
      if (isLive) entry.liveMs = row.poll_after_ms;
      else entry.quickMs = clampQuick(row.poll_after_ms);
      judge(entry, { row, epoch, isLive });
      take(newsOfRow(row), true);
    } catch (thrown) {
      return stumble(entry, toMiniAppError(thrown));
    } finally {
      entry.isReading = false;
    }
    if (entry.mustReadAgain) readSoon(entry);
    else scheduleNext(entry);
  }

  function stumble(entry: Watched, error: MiniAppError): void {
    if (isClosed) return;
    if (error.code === "not_found" || error.code === "signed_out") {
      forget(entry);
      for (const { onError } of [...entry.listeners.keys()]) guard(() => onError?.(error));
      return;
    }
    if (error.code === "network") deps.onReach?.(false);
    const wait = backoff(++entry.failures, { ...RETRY, random });
    schedule(entry, Math.max(wait, (error.retryAfterSeconds ?? 0) * 1_000));
  }

  /** Compares a read with what the channel has told: a change it did not announce speaks against it. */
  function judge(
    entry: Watched,
    { row, epoch, isLive }: { row: Generation; epoch: number; isLive: boolean },
  ): void {
    if (epoch === 0 || epoch !== channel.epoch) return;
    const before = entry.known?.epoch === epoch ? entry.known : undefined;
    if (before !== undefined && row.version < before.version) return;
    const { version, status, attempt } = row;
    entry.known = { epoch, version, status, attempt };
    const hasMoved = before !== undefined &&
      (status !== before.status || attempt !== (before.attempt ?? attempt));
    if (hasMoved) channel.expect(row.id, before.version);
    else if (isLive) entry.agreed++;
  }

  function start(id: string): Watched {
    const known = states.of(id);
    const entry: Watched = {
      id,
      listeners: new Map(),
      release: () => {},
      timer: undefined,
      readAt: -Infinity,
      isReading: false,
      mustReadAgain: false,
      failures: 0,
      quickMs: quickOfEta(known?.queue?.eta_seconds ?? 0),
      liveMs: LIVE_MS,
      agreed: 0,
      known: undefined,
    };
    if (known !== undefined && isFinal(known.status)) return entry;
    watched.set(id, entry);
    entry.release = channel.hold();
    // What is known will do while the channel is on its way: it reads when it has joined.
    if (known !== undefined && channel.epoch === 0) schedule(entry, entry.quickMs);
    else readSoon(entry);
    return entry;
  }

  return {
    watch(id, listeners) {
      const entry = watched.get(id) ?? start(id);
      // A copy, so that the same listeners may watch twice.
      const own = { ...listeners };
      entry.listeners.set(own, undefined);
      // Not before the caller has what stops it.
      queueMicrotask(() => tell(entry, own));
      return () => {
        entry.listeners.delete(own);
        if (entry.listeners.size === 0) forget(entry);
      };
    },
    learn: (news) => take(news, false),
    onEvent(event) {
      const entry = watched.get(event.id);
      if (entry === undefined) {
        take(newsOfEvent(event, states.of(event.id)), false);
        return;
      }
      if (event.status === "COMPLETED" && !event.public_url) return readSoon(entry);
      const { epoch } = channel;
      const { version, status } = event;
      if (entry.known?.epoch !== epoch || version >= entry.known.version) {
        entry.known = { epoch, version, status };
      }
      take(newsOfEvent(event, states.of(event.id)), false);
      if (!entry.isReading) scheduleNext(entry);
    },
    onJoin() {
      for (const entry of watched.values()) {
        entry.agreed = 0;
        readSoon(entry);
      }
    },
    onDown() {
      for (const entry of watched.values()) {
        // Once soon, in case it does not come back; then as the server asks.
        const wait = Math.min(entry.quickMs, DOWN_MS * (0.7 + random() * 0.6));
        if (!entry.isReading) schedule(entry, wait);
      }
    },
    wake() {
      for (const entry of watched.values()) readSoon(entry);
    },
    close() {
      isClosed = true;
      for (const entry of [...watched.values()]) forget(entry);
    },
  };
}

/** Runs what is not ours; what it throws is reported and stops nothing here. */
function guard(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
