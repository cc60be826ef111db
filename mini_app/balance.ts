/// <reference lib="dom" />
/** The balance in the page's head: credits that are left, kept up to date. */
import type { MiniApp } from "@pixelpop/client";
import { element } from "./element.ts";
import { icon } from "./icons.ts";
import type { Language } from "./language.ts";

/** Makes it; it changes with the session. */
export function createBalance(app: MiniApp, { words, code }: Language): HTMLElement {
  const node = element("span", { class: "balance" });
  function show(): void {
    const credits = app.credits ?? 0;
    node.title = words.credits(credits);
    node.replaceChildren(
      icon("credit"),
      element("span", { "aria-hidden": "true" }, new Intl.NumberFormat(code).format(credits)),
      element("span", { class: "visually-hidden" }, words.credits(credits)),
    );
  }
  app.onSession(show);
  show();
  return node;
}
