/** Generations over HTTP, of the logged-in user: submit, get, list, cancel, remove. */
import type { Api, CallOptions } from "./api.ts";
import { toMiniAppError } from "./errors.ts";
import {
  type Accepted,
  type Generation,
  type GenerationPage,
  isFinal,
  type OutputFormat,
  type Quality,
  type Size,
} from "./generation.ts";
import type { SessionKeeper } from "./session.ts";

/** What a picture is to be like. */
export interface SubmitOptions {
  /** @default {"1024x1024"} */
  size?: Size;
  /** @default {"medium"} */
  quality?: Quality;
  /** @default {"png"} */
  outputFormat?: OutputFormat;
  /**
   * Of an earlier submission that got no answer: it is charged once, however often it is sent.
   * @default a new one each call
   */
  idempotencyKey?: string;
}

/** Which page of the list. */
export interface ListOptions {
  /** `next` of the page before. @default the newest */
  before?: string | null;
  /** 1 to 100. @default {20} */
  limit?: number;
}

/** Generations of the person who is logged in. Everything throws {@link MiniAppError}. */
export interface Generations {
  submit(prompt: string, options?: SubmitOptions): Promise<Accepted>;
  /** `isLive`: Realtime delivers, so that the answer's `poll_after_ms` is that of a safety net. */
  get(id: string, options?: { isLive?: boolean }): Promise<Generation>;
  list(options?: ListOptions): Promise<GenerationPage>;
  /** See `MiniApp.cancel`. */
  cancel(id: string): Promise<Generation>;
  /** See `MiniApp.remove`. */
  remove(id: string): Promise<void>;
}

/** How often a request that is safe to repeat is sent. */
const TRIES = 5;
/** A read has the next poll as its repetition. */
const READ_TRIES = 2;

/** Makes them. */
export function createGenerations(api: Api, session: SessionKeeper): Generations {
  async function call<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
    let token = await session.token();
    const renewals = [session.replace, session.enterAgain];
    for (;;) {
      try {
        return await api.call<Answer>(path, { ...options, token });
      } catch (error) {
        const renew = renewals.shift();
        if (toMiniAppError(error).code !== "unauthorized" || renew === undefined) throw error;
        token = await renew(token);
      }
    }
  }

  async function get(id: string, options: { isLive?: boolean } = {}): Promise<Generation> {
    const path = `generation/${encodeURIComponent(id)}${options.isLive ? "?realtime=live" : ""}`;
    return await call<Generation>(path, { tries: READ_TRIES });
  }

  return {
    async submit(prompt, options = {}) {
      const key = options.idempotencyKey ?? crypto.randomUUID();
      const body = {
        prompt,
        ...(options.size && { size: options.size }),
        ...(options.quality && { quality: options.quality }),
        ...(options.outputFormat && { output_format: options.outputFormat }),
      };
      const headers = { "idempotency-key": key };
      return await call<Accepted>("generation", { method: "POST", body, headers, tries: TRIES });
    },
    get,
    async list({ before, limit } = {}) {
      const query = new URLSearchParams();
      if (limit !== undefined) query.set("limit", String(limit));
      if (before !== undefined && before !== null) query.set("before", before);
      const path = query.size === 0 ? "generation" : `generation?${query}`;
      return await call<GenerationPage>(path, { tries: READ_TRIES });
    },
    async cancel(id) {
      // Of what waits alone: a DELETE that comes late would remove a picture that is paid for.
      const path = `generation/${encodeURIComponent(id)}?only=pending`;
      try {
        return await call<Generation>(path, { method: "DELETE", tries: TRIES });
      } catch (error) {
        if (toMiniAppError(error).code !== "already_started") throw error;
        const row = await get(id);
        if (isFinal(row.status)) return row;
        throw error;
      }
    },
    async remove(id) {
      try {
        await call(`generation/${encodeURIComponent(id)}`, { method: "DELETE", tries: TRIES });
      } catch (error) {
        // It is gone, by an earlier try or by another page.
        if (toMiniAppError(error).code !== "not_found") throw error;
      }
    },
  };
}
