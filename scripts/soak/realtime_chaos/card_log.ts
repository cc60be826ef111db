/// <reference lib="dom" />
/** Runs in the page: notes every state its cards show, and when each picture came. */

/** One state of a card. */
export interface CardState {
  status: string;
  /** Of the picture element, when there is one. */
  url: string | null;
  detail: string;
}

/** What was noted of one card. Times are milliseconds since the epoch. */
export interface CardLog {
  states: CardState[];
  /** When the picture's element was in the document, and when it had loaded. */
  pictureAt?: number;
  loadedAt?: number;
}

/** Starts to note, before the page's own script runs; the notes are in `cardLogs`, by id. */
export function noteCards(): void {
  const logs: Record<string, CardLog> = {};
  Object.assign(globalThis, { cardLogs: logs });

  function look(): void {
    const now = Date.now();
    for (const card of document.querySelectorAll<HTMLElement>("article[data-id]")) {
      const { id = "", status = "" } = card.dataset;
      const log = logs[id] ??= { states: [] };
      const picture = card.querySelector<HTMLImageElement>(".picture img");
      if (picture !== null) log.pictureAt ??= now;
      if (picture?.classList.contains("loaded")) log.loadedAt ??= now;
      const isFinal = status !== "PENDING" && status !== "PROCESSING";
      const detail = isFinal ? card.querySelector(".detail")?.textContent ?? "" : "";
      const state = { status, url: picture?.getAttribute("src") ?? null, detail };
      if (JSON.stringify(state) !== JSON.stringify(log.states.at(-1))) log.states.push(state);
    }
  }

  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["data-status", "data-id", "class", "src"],
  });
}

/** Gives what was noted of a card. */
export function readCardLog(id: string): CardLog {
  const { cardLogs } = globalThis as unknown as { cardLogs: Record<string, CardLog> };
  return cardLogs[id] ?? { states: [] };
}
