/** The JSON a client gets for a generation. */
import { GENERATION_ERROR_MESSAGE, type GenerationErrorCode } from "./generation.ts";
import type { Generation } from "./schemas.ts";

/** A generation as private.generation_view gives it. Times are ISO 8601. */
export interface GenerationRow extends Omit<Generation, "error"> {
  error_code: GenerationErrorCode | null;
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
): Generation {
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
