/// <reference lib="dom" />
/** One picture in full: what was asked for, and what can be done with it. */
import { element, fill } from "./element.ts";
import { icon, type IconName } from "./icons.ts";
import type { Language } from "./language.ts";
import { createImage, dimensionsOf, type Picture } from "./picture.ts";

/** What can be done with a picture. */
export interface PictureActions {
  save(picture: Picture): void;
  reuse(picture: Picture): void;
  remove(picture: Picture): Promise<void>;
}

/** The view. */
export interface PictureView {
  node: HTMLElement;
  show(picture: Picture): void;
}

/** Makes the view, with nothing in it. */
export function createPictureView(
  { language: { words, code }, actions }: { language: Language; actions: PictureActions },
): PictureView {
  const heading = element(
    "h2",
    { id: "picture-title", class: "visually-hidden", tabindex: -1 },
    words.picture,
  );
  const content = element("div", { class: "card picture-card" });
  const node = element(
    "section",
    {
      class: "picture-view",
      "aria-labelledby": heading.id,
      hidden: true,
    },
    heading,
    content,
  );

  function stage(picture: Picture): HTMLElement {
    const { status, url, errorCode } = picture;
    const [width, height] = dimensionsOf(picture);
    const frame = element("div", { class: "stage" });
    frame.style.setProperty("--ratio", `${width} / ${height}`);
    frame.style.setProperty("--aspect", String(width / height));
    if (status === "COMPLETED" && url !== null) {
      frame.append(createImage(picture, { url, lost: words.pictureLost }));
    } else {
      const reason = status === "FAILED"
        ? words.failures[errorCode ?? "internal"]
        : words.cancelled;
      const mark = icon(status === "FAILED" ? "warning" : "close");
      frame.append(element("p", { class: "lost" }, mark, `${reason} ${words.refunded}`));
    }
    return frame;
  }

  function facts(picture: Picture): HTMLElement {
    const [width, height] = dimensionsOf(picture);
    const pairs = [
      [words.size, `${width} × ${height}`],
      [words.quality, words.qualities[picture.quality]],
      [words.format, picture.outputFormat.toUpperCase()],
      [words.madeOn, describeDate(new Date(picture.createdAt), code)],
    ];
    return element(
      "dl",
      {},
      ...pairs.map(([name, value]) =>
        element("div", {}, element("dt", {}, name), element("dd", {}, value))
      ),
    );
  }

  function button(kind: string, symbol: IconName, label: string, run: () => void): HTMLElement {
    return element("button", { type: "button", class: kind, onclick: run }, icon(symbol), label);
  }

  return {
    node,
    show(picture) {
      const hasPicture = picture.status === "COMPLETED" && picture.url !== null;
      fill(
        content,
        stage(picture),
        element("p", { class: "picture-prompt", dir: "auto" }, picture.prompt),
        facts(picture),
        element(
          "div",
          { class: "actions" },
          hasPicture && button("quiet strong", "save", words.save, () => actions.save(picture)),
          button("quiet", "again", words.reuse, () => actions.reuse(picture)),
          button("quiet danger-text", "trash", words.remove, () => void actions.remove(picture)),
        ),
      );
    },
  };
}

// The year only where it is not this one.
function describeDate(date: Date, code: string): string {
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return new Intl.DateTimeFormat(code, {
    day: "numeric",
    month: "short",
    ...(isThisYear ? {} : { year: "numeric" }),
    hour: "numeric",
    minute: "2-digit",
  }).format(date);
}
