/// <reference lib="dom" />
/** Remembers over reloads whose results nobody has seen yet. */

/** Ids of generations. */
export interface UnreadResults {
  has(id: string): boolean;
  add(id: string): void;
  delete(id: string): void;
}

const CAPACITY = 50;

/** Opens the memory of one person; without a storage it lasts as long as the page. */
export function openUnreadResults(userId: string): UnreadResults {
  const key = `pixelpop.unread ${userId}`;
  const ids = new Set<string>(read(key));
  function keep(): void {
    try {
      localStorage.setItem(key, JSON.stringify([...ids].slice(-CAPACITY)));
    } catch {
      // Then it lasts as long as the page.
    }
  }
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      keep();
    },
    delete(id) {
      if (ids.delete(id)) keep();
    },
  };
}

function read(key: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
