/// <reference lib="dom" />
/** Everything made so far, newest first, a page at a time as one scrolls. */
import { isFinal, type MiniApp } from "@pixelpop/client";
import { element, setText } from "./element.ts";
import { icon } from "./icons.ts";
import type { Language } from "./language.ts";
import { createPlaceholder } from "./placeholder.ts";
import { createImage, type Picture, pictureOfRow } from "./picture.ts";

/** The gallery. */
export interface Gallery {
  node: HTMLElement;
  /**
   * Loads the first page; what is there stays.
   *
   * @throws {MiniAppError} Nothing has changed then, and it can be loaded again.
   */
  load(): Promise<void>;
  /** Puts a finished picture first, unless it is there. */
  add(picture: Picture): void;
  remove(id: string): void;
  /** Shows or hides what is to be shown when there is nothing. */
  refresh(): void;
  /** Puts the focus on a picture, or on the heading when it is gone. */
  focus(id: string): void;
}

/** What the gallery works with. */
export interface GalleryOptions {
  app: Pick<MiniApp, "list">;
  language: Language;
  open(picture: Picture): void;
  /** Takes a row that is to be shown elsewhere; false: it belongs here. */
  claim(picture: Picture): boolean;
  /** Whether there are pictures elsewhere. */
  isBusy(): boolean;
  onError(error: unknown): void;
}

const PAGE_SIZE = 20;

/** Makes an empty gallery. */
export function createGallery(options: GalleryOptions): Gallery {
  const { words } = options.language;
  const tiles = new Map<string, HTMLElement>();
  let next: string | null = null;
  let loading: Promise<void> | undefined;
  const heading = element("h2", { id: "gallery-title", tabindex: -1 }, words.gallery);
  const list = element("ul", { class: "tiles", "aria-labelledby": heading.id });
  const more = element("button", {
    type: "button",
    class: "quiet",
    hidden: true,
    onclick: () => void loadMore(),
  }, words.more);
  const end = element("p", { class: "muted end" });
  const placeholder = createPlaceholder("pixel-pop", "1536x1024");
  placeholder.show(0.4);
  const art = element("div", { class: "empty-art", hidden: true }, placeholder.node);
  const node = element("section", { class: "gallery" }, heading, list, more, end, art);
  // The button is what a keyboard uses, and what tells that the end of the list is in sight.
  const observer = new IntersectionObserver(
    ([entry]) => entry?.isIntersecting && void loadMore(),
    { rootMargin: "600px" },
  );
  observer.observe(more);

  function createTile(picture: Picture): HTMLElement {
    const { url, status } = picture;
    const content = status === "COMPLETED" && url !== null
      ? createImage(picture, { url, lost: words.pictureLost, isLazy: true })
      : element(
        "span",
        { class: "no-picture" },
        icon(status === "FAILED" ? "warning" : "close"),
        status === "FAILED" ? words.failed : words.cancelled,
      );
    const tile = element("button", {
      type: "button",
      "aria-label": words.open(picture.prompt),
      onclick: () => options.open(picture),
    }, content);
    return element("li", { "data-id": picture.id, "data-status": status }, tile);
  }

  function put(picture: Picture, place: "first" | "last"): void {
    if (tiles.has(picture.id)) return;
    const tile = createTile(picture);
    tiles.set(picture.id, tile);
    if (place === "first") list.prepend(tile);
    else list.append(tile);
  }

  function showEnd(): void {
    more.hidden = next === null;
    const isEmpty = tiles.size === 0 && next === null;
    art.hidden = !isEmpty;
    setText(end, isEmpty ? words.galleryEmpty : "");
    // The first picture is in the making: there is nothing to say of a gallery yet.
    node.hidden = isEmpty && options.isBusy();
  }

  async function loadPage(before: string | null): Promise<void> {
    list.ariaBusy = "true";
    try {
      const page = await options.app.list({ before, limit: PAGE_SIZE });
      next = page.next;
      for (const row of page.items) {
        const picture = pictureOfRow(row);
        if (!options.claim(picture) && isFinal(picture.status)) put(picture, "last");
      }
      showEnd();
    } finally {
      list.ariaBusy = "false";
    }
  }

  function loadMore(): Promise<void> {
    if (next === null) return Promise.resolve();
    loading ??= loadPage(next).then(() => {
      // Still in sight: the observer tells only of a change.
      observer.unobserve(more);
      observer.observe(more);
    }).catch(options.onError).finally(() => loading = undefined);
    return loading;
  }

  return {
    node,
    load: () => loadPage(null),
    add(picture) {
      put(picture, "first");
      showEnd();
    },
    refresh: showEnd,
    remove(id) {
      tiles.get(id)?.remove();
      tiles.delete(id);
      showEnd();
    },
    focus(id) {
      const target = tiles.get(id)?.querySelector("button") ?? heading;
      target.focus();
    },
  };
}
