/** Lets the backend know that a result was seen: what nobody fetches its bot may send to the chat. */
import { type Clock, pause } from "./clock.ts";
import { type Generation, isFinal } from "./generation.ts";

/** Confirms results that were heard of and not read. */
export interface Confirmer {
  /** Reads the generation once; not before somebody looks. */
  confirm(id: string): void;
  /** Confirms what waits, if somebody looks now. */
  wake(): void;
  close(): void;
}

/** What confirming works with. */
export interface ConfirmerDeps {
  read(id: string): Promise<Generation>;
  /** Whether the page is in sight. */
  isSeen(): boolean;
  clock: Clock;
}

/** Postgres may send the news of a commit some milliseconds before others can read what it says. */
export const VISIBLE_MS = 150;
/** If they are more. */
export const SETTLE_MS = 1_000;

/** Makes it. */
export function createConfirmer({ read, isSeen, clock }: ConfirmerDeps): Confirmer {
  const waiting = new Set<string>();
  const end = new AbortController();

  async function confirm(id: string): Promise<void> {
    try {
      await pause(clock, VISIBLE_MS, end.signal);
      if (isFinal((await read(id)).status)) return;
      await pause(clock, SETTLE_MS, end.signal);
      await read(id);
    } catch {
      // At worst the picture comes twice, here and in the chat.
    }
  }

  function wake(): void {
    if (!isSeen()) return;
    for (const id of waiting) {
      waiting.delete(id);
      void confirm(id);
    }
  }

  return {
    wake,
    confirm(id) {
      waiting.add(id);
      wake();
    },
    close: () => end.abort(),
  };
}
