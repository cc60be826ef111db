/** When a watched generation is read next: quickly while the channel is unproven, seldom beside one that is alive. */
import type { Trust } from "./live_channel.ts";

/** What the next read depends on. */
export interface Pace {
  /** Of the channel. */
  trust: Trust;
  /** Whether the server said that it streams. */
  isReady: boolean;
  /** The server's `poll_after_ms` without Realtime, and beside it. */
  quickMs: number;
  liveMs: number;
  /** Reads since the channel joined, and was not doubted, that found nothing it had not told. */
  agreed: number;
  /** Expected until the picture; 0 when unknown. */
  etaSeconds: number;
}

/** `poll_after_ms` beside Realtime, until the server names it. */
export const LIVE_MS = 30_000;
const QUICK_MS = 1_000;
const LONGEST_QUICK_MS = 15_000;
/** Each further read beside a channel that is alive is so many times later, up to the longest. */
const STRETCH = 4;
const LONGEST_LIVE_MS = 600_000;
/** SUBSCRIBED may be early by this time, where the server does not say that it streams. */
const PREMATURE_MS = 3_000;
/** A channel that has not spoken is checked when its event is overdue, and not before this time. */
const OVERDUE_MS = 5_000;
const OVERDUE_FACTOR = 1.5;

/** Milliseconds until the next read. */
export function waitOf(pace: Pace): number {
  if (pace.trust === "down" || pace.trust === "doubted") return pace.quickMs;
  const stretched = pace.liveMs * STRETCH ** Math.max(0, pace.agreed - 1);
  const live = Math.min(LONGEST_LIVE_MS, stretched);
  if (pace.trust === "proven" || pace.agreed > 1) return live;
  if (!pace.isReady) return Math.min(live, PREMATURE_MS);
  return Math.min(live, Math.max(OVERDUE_MS, pace.etaSeconds * 1_000 * OVERDUE_FACTOR));
}

/** The server's `poll_after_ms`, within reason. */
export function clampQuick(pollAfterMs: number): number {
  return Math.min(LONGEST_QUICK_MS, Math.max(QUICK_MS, pollAfterMs));
}

/** What `poll_after_ms` would be, where only the expected wait is known. */
export function quickOfEta(etaSeconds: number): number {
  return clampQuick(etaSeconds * 250);
}
