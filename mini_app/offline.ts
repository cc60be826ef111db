/// <reference lib="dom" />
/** The banner that says there is no connection, and what finds out that there is one again. */
import { type MiniApp, toMiniAppError } from "@pixelpop/client";
import { element, fill } from "./element.ts";
import { icon } from "./icons.ts";
import type { Language } from "./language.ts";
import { createRetry } from "./retry.ts";

/** The banner. */
export interface OfflineBanner {
  node: HTMLElement;
  /** Tries at once whether the backend is reached. */
  hurry(): void;
}

/** Makes it, hidden; it shows and hides by itself. */
export function createOfflineBanner(app: MiniApp, { words }: Language): OfflineBanner {
  const node = element("div", { class: "offline", role: "status", hidden: true });
  const reaching = createRetry(reach);

  /** Whether the backend is reached again. */
  async function reach(): Promise<boolean> {
    if (!navigator.onLine) return false;
    try {
      await app.list({ limit: 1 });
    } catch (error) {
      if (toMiniAppError(error).isPassing) return false;
    }
    // Lost again during the request.
    if (!navigator.onLine) return false;
    node.hidden = true;
    void app.refreshCredits().catch(() => {});
    return true;
  }

  function show(): void {
    if (node.hidden) {
      node.hidden = false;
      fill(node, icon("offline"), words.offline);
    }
    reaching.start();
  }

  // The client learns of it from what it watches; here it is of interest with nothing to watch, too.
  addEventListener("offline", show);
  app.onConnection((connection) => {
    if (connection === "offline") show();
    else node.hidden = true;
  });
  return { node, hurry: () => reaching.hurry() };
}
