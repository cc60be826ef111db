/// <reference lib="dom" />
/** What the page knows of one picture, and the image element of it. */
import type { Generation, GenerationErrorCode, GenerationStatus, Progress } from "@pixelpop/client";
import { element } from "./element.ts";
import { icon } from "./icons.ts";
import type { Wish } from "./composer.ts";

/** A picture, finished or not. */
export interface Picture extends Wish {
  id: string;
  createdAt: string;
  status: GenerationStatus;
  url: string | null;
  errorCode: GenerationErrorCode | null;
}

/** A row as a picture. */
export function pictureOfRow(row: Generation): Picture {
  return {
    id: row.id,
    prompt: row.prompt,
    size: row.size,
    quality: row.quality,
    outputFormat: row.output_format,
    createdAt: row.created_at,
    status: row.status,
    url: row.public_url,
    errorCode: row.error?.code ?? null,
  };
}

/** The same picture after news of it. */
export function withProgress(picture: Picture, progress: Progress): Picture {
  const { status, public_url: url, error_code: errorCode } = progress;
  return { ...picture, status, url, errorCode };
}

/** Width and height in pixels. */
export function dimensionsOf({ size }: Pick<Picture, "size">): [width: number, height: number] {
  const [width = 1024, height = 1024] = size.split("x").map(Number);
  return [width, height];
}

/** A picture that does not load is tried again after these times, in milliseconds. */
const RETRY_AFTER_MS = [500, 1_500, 4_000, 10_000];

/** An image of a URL, or in its place a sign that it does not load, however often it is tried. */
export function createImage(
  picture: Picture,
  { url, lost, isLazy = false }: { url: string; lost: string; isLazy?: boolean },
): HTMLElement {
  const [width, height] = dimensionsOf(picture);
  const pauses = [...RETRY_AFTER_MS];
  const image = element("img", {
    width,
    height,
    alt: picture.prompt,
    decoding: "async",
    loading: isLazy ? "lazy" : "eager",
    referrerpolicy: "no-referrer",
    onload: () => image.classList.add("loaded"),
    onerror() {
      const pause = pauses.shift();
      if (pause === undefined) {
        image.replaceWith(element("p", { class: "lost" }, icon("warning"), lost));
      } else setTimeout(() => image.src = url, pause);
    },
  });
  image.src = url;
  return image;
}
