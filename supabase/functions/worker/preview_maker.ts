/** Makes previews small, and no more of them than the platform's processor time allows. */
import type { ImageFormat } from "../_shared/images/inspect.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";

/** A picture to store. */
export interface Preview {
  bytes: Uint8Array;
  format: ImageFormat;
}

/** The previews of one worker instance. */
export interface PreviewMaker {
  /**
   * Gives the preview to store for one the provider sent: a PNG, which may have megabytes, becomes a
   * small JPEG; the other formats are small as they come. `undefined` when there is to be none.
   */
  make(bytes: Uint8Array, format: ImageFormat): Promise<Preview | undefined>;
  /** A ring came, with processor time of its own. */
  renew(): void;
}

/** Longest edge of what is shown while the picture is generated, in pixels: a phone's width. */
const MAX_EDGE = 512;
/**
 * Processor time a ring may spend on previews, in milliseconds. The platform ends an instance that
 * takes more than 2 s for a request, and with it calls that are paid for.
 */
const BUDGET_MS = 700;

/** Makes one. */
export function createPreviewMaker(
  { runtime, log }: { runtime: Pick<Runtime, "now">; log: Pick<Logger, "warn"> },
): PreviewMaker {
  let spentMs = 0;
  return {
    async make(bytes, format) {
      if (format !== "png") return { bytes, format };
      try {
        // Loaded by workers that generate previews, and by no other.
        const { shrinkPng } = await import("../_shared/images/shrink_png.ts");
        if (spentMs >= BUDGET_MS) return undefined;
        const startedAt = runtime.now();
        const small = shrinkPng(bytes, { maxEdge: MAX_EDGE });
        spentMs += runtime.now() - startedAt;
        return { bytes: small, format: "jpeg" };
      } catch (error) {
        log.warn("preview_failed", { error });
        return undefined;
      }
    },
    renew() {
      spentMs = 0;
    },
  };
}
