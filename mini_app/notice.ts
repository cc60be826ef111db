/// <reference lib="dom" />
/** A refusal or failure in words a person understands, with a countdown where waiting helps. */
import { type MiniAppError, toMiniAppError } from "@pixelpop/client";
import { element, fill, setText } from "./element.ts";
import { icon } from "./icons.ts";
import { describeTime, type Language } from "./language.ts";

/** A place for one notice at a time. */
export interface Notice {
  node: HTMLElement;
  /** What it speaks of; undefined when hidden. */
  readonly error: MiniAppError | undefined;
  /** Shows what is to be said of an error, or `text` in its place. */
  show(error: unknown, text?: string): void;
  hide(): void;
}

/** Makes an empty one. */
export function createNotice({ words }: Language): Notice {
  const node = element("div", { class: "notice", role: "alert", hidden: true });
  let shown: MiniAppError | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;

  function hide(): void {
    clearInterval(timer);
    shown = undefined;
    node.hidden = true;
    fill(node);
  }

  return {
    node,
    get error() {
      return shown;
    },
    hide,
    show(thrown, text) {
      const error = toMiniAppError(thrown);
      hide();
      shown = error;
      const said = text ?? explain(error, { words });
      const close = { type: "button", class: "icon-button", "aria-label": words.dismiss };
      // Outside the alert's words, so that a countdown is not read out every second.
      const wait = element("span", { "aria-hidden": "true" });
      fill(
        node,
        icon("warning"),
        element("p", {}, `${said} `, wait, referenceOf(error, { words })),
        element("button", { ...close, onclick: hide }, icon("close")),
      );
      node.hidden = false;
      if (error.retryAfterSeconds === null) return;
      const until = Date.now() + error.retryAfterSeconds * 1000;
      const tick = () => {
        const seconds = Math.ceil((until - Date.now()) / 1000);
        if (seconds <= 0) return hide();
        setText(wait, words.retryIn(describeTime(seconds, words)));
      };
      tick();
      timer = setInterval(tick, 1000);
    },
  };
}

/** What is to be said of an error. */
export function explain(error: MiniAppError, { words }: Pick<Language, "words">): string {
  return words.errors[error.code];
}

// Only where support could find something out that the person cannot.
function referenceOf(
  error: MiniAppError,
  { words }: Pick<Language, "words">,
): HTMLElement | null {
  const isOurs = error.code === "internal" || error.code === "invalid_request";
  if (!isOurs || error.requestId === null) return null;
  return element("small", {}, words.reference(error.requestId.slice(0, 8)));
}
