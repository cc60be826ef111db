/// <reference lib="dom" />
/** Tells a screen reader what the eye sees happen: politely, one thing at a time. */
import { element } from "./element.ts";

/** A polite live region. */
export interface Announcer {
  node: HTMLElement;
  say(text: string): void;
}

/** Makes one; its node must be in the page before it is to be heard. */
export function createAnnouncer(): Announcer {
  const node = element("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  return {
    node,
    say(text) {
      // The same words again are no change to a live region: an empty one comes between.
      node.textContent = "";
      requestAnimationFrame(() => node.textContent = text);
    },
  };
}
