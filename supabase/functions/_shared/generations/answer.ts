/** The JSON a client gets for a generation, and its ETag. */
import { encodeHex } from "@std/encoding/hex";
import {
  GENERATION_ERROR_MESSAGE,
  type GenerationErrorCode,
  type GenerationRow,
} from "./generation.ts";

/** A generation as the contract shows it. */
export interface GenerationAnswer extends Omit<GenerationRow, "error_code"> {
  error: { code: GenerationErrorCode; message: string } | null;
}

/** Longest time between two polls of a client that hears of changes by Realtime, in milliseconds. */
const POLL_BESIDE_REALTIME_MS = 30_000;

/**
 * Shapes a row for its owner.
 *
 * @param options.realtimeIsLive The client says that Realtime delivers: its poll is only a safety
 * net then, and is asked for seldom.
 */
export function toGenerationAnswer(
  row: GenerationRow,
  options: { realtimeIsLive?: boolean } = {},
): GenerationAnswer {
  const finished = row.poll_after_ms === 0;
  return {
    id: row.id,
    status: row.status,
    prompt: row.prompt,
    size: row.size,
    quality: row.quality,
    output_format: row.output_format,
    attempt: row.attempt,
    created_at: row.created_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
    public_url: row.public_url,
    error: row.error_code === null
      ? null
      : { code: row.error_code, message: GENERATION_ERROR_MESSAGE[row.error_code] },
    queue: row.queue,
    poll_after_ms: options.realtimeIsLive && !finished
      ? POLL_BESIDE_REALTIME_MS
      : row.poll_after_ms,
    version: row.version,
  };
}

/** A strong ETag (RFC 9110 section 8.8.3) of an answer. */
export async function etagOf(answer: GenerationAnswer): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(answer));
  return `"${encodeHex(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 32)}"`;
}

/** Whether If-None-Match names the ETag; compared weakly, as RFC 9110 section 13.1.2 asks. */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((given) => {
    const value = given.trim().replace(/^W\//, "");
    return value === "*" || value === etag;
  });
}
