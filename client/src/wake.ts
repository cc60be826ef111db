/** Notices that the device slept, the page was hidden, or the network came back. */
import type { Clock, Timer } from "./clock.ts";

/** How long everything may have stood still. */
export interface Waking {
  /** Whether sockets that look open may be gone: the network changed, or it was long. */
  isLong: boolean;
}

/** What dispatches `visibilitychange` (the document), `pageshow`, `online` and `offline` (the window). */
export interface WakeTargets {
  document?: (EventTarget & { visibilityState?: string }) | undefined;
  window?: EventTarget | undefined;
}

/** Watches until stopped. */
export interface WakeWatch {
  stop(): void;
}

/** A timer that is late by this much has slept, as has a page that was hidden for so long. */
const LONG_MS = 30_000;
const TICK_MS = 10_000;

/** Starts to watch. */
export function watchWaking(
  { clock, targets, onWake, onOffline }: {
    clock: Clock;
    targets: WakeTargets;
    onWake: (waking: Waking) => void;
    onOffline: () => void;
  },
): WakeWatch {
  let tickedAt = clock.now();
  let timer: Timer;
  function tick(): void {
    const gap = clock.now() - tickedAt - TICK_MS;
    tickedAt = clock.now();
    timer = clock.setTimeout(tick, TICK_MS);
    if (gap > LONG_MS) onWake({ isLong: true });
  }
  timer = clock.setTimeout(tick, TICK_MS);

  function onVisible(): void {
    if (targets.document?.visibilityState === "hidden") return;
    // Timers of a hidden page may be throttled or stopped: the last tick tells for how long.
    const isLong = clock.now() - tickedAt - TICK_MS > LONG_MS;
    tickedAt = clock.now();
    onWake({ isLong });
  }
  function onPageShow(event: Event): void {
    // Only a page that was put aside and comes back; not one that is loaded.
    if ((event as Event & { persisted?: boolean }).persisted) onWake({ isLong: true });
  }
  const onOnline = () => onWake({ isLong: true });

  targets.document?.addEventListener("visibilitychange", onVisible);
  targets.window?.addEventListener("pageshow", onPageShow);
  targets.window?.addEventListener("online", onOnline);
  targets.window?.addEventListener("offline", onOffline);
  return {
    stop() {
      clock.clearTimeout(timer);
      targets.document?.removeEventListener("visibilitychange", onVisible);
      targets.window?.removeEventListener("pageshow", onPageShow);
      targets.window?.removeEventListener("online", onOnline);
      targets.window?.removeEventListener("offline", onOffline);
    },
  };
}
