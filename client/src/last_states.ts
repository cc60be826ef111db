/** The last known state of each generation; the oldest that nobody asks for are forgotten. */
import { merge, type News, type Progress } from "./progress.ts";

/** Remembers. */
export interface LastStates {
  of(id: string): Progress | undefined;
  /** Takes news in; gives the new state, undefined when they change nothing. */
  take(news: News): Progress | undefined;
}

const CAPACITY = 200;

/** Makes a memory; what `isNeeded` is kept whatever its age. */
export function createLastStates(isNeeded: (id: string) => boolean): LastStates {
  const states = new Map<string, Progress>();

  function forgetOldest(): void {
    for (const id of states.keys()) {
      if (states.size <= CAPACITY) return;
      if (!isNeeded(id)) states.delete(id);
    }
  }

  return {
    of: (id) => states.get(id),
    take(news) {
      const next = merge(states.get(news.id), news);
      if (next === undefined) return undefined;
      states.delete(next.id);
      states.set(next.id, next);
      forgetOldest();
      return next;
    },
  };
}
