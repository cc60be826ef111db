/// <reference lib="dom" />
/** A picture in the making: its place in line, how far it is, and in the end the picture or why there is none. */
import { type Connection, isFinal, type Progress } from "@pixelpop/client";
import { element, fill, setProperties, setText } from "./element.ts";
import { createEstimate } from "./estimate.ts";
import { icon } from "./icons.ts";
import { describeTime, type Language } from "./language.ts";
import { createPlaceholder } from "./placeholder.ts";
import { createImage, dimensionsOf, type Picture, withProgress } from "./picture.ts";

/** What can be done with a card. */
export interface MakingActions {
  cancel(picture: Picture): Promise<void>;
  open(picture: Picture): void;
  save(picture: Picture): void;
  reuse(picture: Picture): void;
  dismiss(picture: Picture): void;
}

/** A card. */
export interface MakingCard {
  node: HTMLElement;
  readonly picture: Picture;
  /** What a screen reader is to be told of the state it shows. */
  readonly summary: string;
  update(progress: Progress): void;
  /** Makes it a large card or a row; one without a picture to wait for is always a row. */
  enlarge(isLarge: boolean): void;
  /** Moves what moves with time. */
  tick(connection: Connection): void;
}

/** Makes a card. `wasAway`: it was finished while nobody looked. */
export function createMakingCard(
  first: Picture,
  { language, actions, wasAway = false }: {
    language: Language;
    actions: MakingActions;
    wasAway?: boolean;
  },
): MakingCard {
  const { words } = language;
  let picture = first;
  let progress: Progress | undefined;
  let shownUrl: string | null = null;
  const estimate = createEstimate({ quality: first.quality, now: () => Date.now() });
  const placeholder = createPlaceholder(first.id, first.size);
  const [width, height] = dimensionsOf(first);
  const frame = element("div", { class: "frame" }, placeholder.node);
  frame.style.setProperty("--ratio", `${width} / ${height}`);
  const title = element("h3", { id: `title-${first.id}`, tabindex: -1 });
  const detail = element("p", { class: "detail" });
  const link = element("span", { class: "link" });
  const bar = element("div", {
    class: "bar",
    role: "progressbar",
    "aria-label": words.progress,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  }, element("i"));
  const buttons = element("div", { class: "actions" });
  const node = element(
    "article",
    { class: "card making", "aria-labelledby": title.id },
    frame,
    element(
      "div",
      { class: "making-text" },
      element("div", { class: "making-head" }, title, link),
      detail,
      element("p", { class: "making-prompt", dir: "auto" }, first.prompt),
      bar,
      buttons,
    ),
  );

  function headline(): string {
    switch (picture.status) {
      case "PENDING":
        return progress?.queue ? words.place(progress.queue.position) : words.loading;
      case "PROCESSING":
        return words.processing;
      case "COMPLETED":
        return wasAway ? words.doneAway : words.done;
      case "FAILED":
        return words.failed;
      case "CANCELLED":
        return words.cancelled;
    }
  }

  function explanation(): string {
    if (picture.status === "CANCELLED") return words.refunded;
    if (picture.status === "FAILED") {
      return `${words.failures[picture.errorCode ?? "internal"]} ${words.refunded}`;
    }
    if (picture.status === "COMPLETED") return "";
    const { seconds } = estimate.guess();
    if (seconds === null) return "";
    return seconds < 1 ? words.soon : words.until(describeTime(seconds, words));
  }

  function showPicture(url: string, isPreview: boolean): void {
    if (shownUrl === url) return;
    shownUrl = url;
    const image = createImage(picture, { url, lost: words.pictureLost });
    if (isPreview) {
      setProperties(image, { class: "preview", alt: words.preview });
      return fill(frame, placeholder.node, image);
    }
    const open = element("button", {
      type: "button",
      class: "picture",
      "aria-label": words.open(picture.prompt),
      onclick: () => actions.open(picture),
    }, image);
    fill(frame, placeholder.node, open);
  }

  function showButtons(): void {
    // What has the focus is about to go.
    const hadFocus = buttons.contains(document.activeElement);
    fillButtons();
    if (hadFocus) title.focus({ preventScroll: true });
  }

  function fillButtons(): void {
    const button = (label: string, run: () => void, kind = "quiet") =>
      element("button", { type: "button", class: kind, onclick: run }, label);
    if (picture.status === "PENDING") {
      const cancel = button(words.cancel, async () => {
        cancel.ariaBusy = "true";
        await actions.cancel(picture);
        cancel.ariaBusy = "false";
      });
      return fill(buttons, cancel);
    }
    if (!isFinal(picture.status)) return fill(buttons);
    const dismiss = button(words.dismiss, () => actions.dismiss(picture));
    fill(
      buttons,
      picture.status === "COMPLETED"
        ? button(words.save, () => actions.save(picture), "quiet strong")
        : button(words.reuse, () => actions.reuse(picture), "quiet strong"),
      dismiss,
    );
  }

  function tick(connection: Connection): void {
    if (isFinal(picture.status)) return;
    const { fraction } = estimate.guess();
    const percent = Math.round(fraction * 100);
    placeholder.show(fraction);
    bar.style.setProperty("--fraction", String(fraction));
    setProperties(bar, {
      "aria-valuenow": percent,
      "aria-valuetext": `${headline()}, ${percent} %`,
    });
    setText(detail, explanation());
    const isLive = connection === "live";
    setProperties(link, { class: isLive ? "link live" : "link" });
    setText(link, connection === "offline" ? "" : isLive ? words.live : words.polling);
  }

  function show(): void {
    const done = isFinal(picture.status);
    setProperties(node, { "data-status": picture.status, "data-id": picture.id });
    if (done && picture.status !== "COMPLETED") placeholder.show(0);
    setText(title, headline());
    setText(detail, explanation());
    bar.hidden = done;
    link.hidden = done;
    if (picture.status === "COMPLETED" && picture.url !== null) showPicture(picture.url, false);
    else if (done) {
      fill(frame, placeholder.node, icon(picture.status === "FAILED" ? "warning" : "close"));
    } else if (progress?.preview_url) showPicture(progress.preview_url, true);
    if (picture.status === "COMPLETED") placeholder.show(1);
    showButtons();
  }

  function enlarge(isLarge: boolean): void {
    const isHopeless = picture.status === "FAILED" || picture.status === "CANCELLED";
    node.classList.toggle("small", !isLarge || isHopeless);
  }

  show();
  return {
    enlarge,
    node,
    tick,
    get picture() {
      return picture;
    },
    get summary() {
      return `${headline()}. ${explanation()}`.trim();
    },
    update(next) {
      const before = picture.status;
      progress = next;
      picture = withProgress(picture, next);
      estimate.update(next);
      if (before !== next.status || next.preview_url !== null) show();
      else setText(title, headline());
    },
  };
}
