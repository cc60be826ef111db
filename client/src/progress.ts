/** What a watcher is shown of a generation, put together from events and reads in whatever order they come. */
import {
  type Accepted,
  type Generation,
  type GenerationErrorCode,
  type GenerationEvent,
  type GenerationStatus,
  isFinal,
  type QueuePlace,
  RANK,
} from "./generation.ts";

/** Where a generation stands, as far as it is known. */
export interface Progress {
  readonly id: string;
  readonly status: GenerationStatus;
  /** Of the row; 0: only the answer to its submission is known. */
  readonly version: number;
  readonly public_url: string | null;
  readonly error_code: GenerationErrorCode | null;
  /** Null once it has left the queue. */
  readonly queue: QueuePlace | null;
  /** An unfinished picture, if the backend sends any. */
  readonly preview_url: string | null;
}

/** News of a generation: what is left out says nothing. */
export type News = Pick<Progress, "id" | "status" | "version"> & Partial<Progress>;

/** The news in an answer to `GET /generation/{id}`. */
export function newsOfRow(row: Generation): News {
  const { id, status, version, public_url, queue } = row;
  return { id, status, version, public_url, queue, error_code: row.error?.code ?? null };
}

/** The news in an event; `shown` is what it adds to. */
export function newsOfEvent(event: GenerationEvent, shown: Progress | undefined): News {
  const { id, status, version, queue_position: position } = event;
  return {
    id,
    status,
    version,
    ...(event.public_url === undefined ? {} : { public_url: event.public_url }),
    ...(event.error_code === undefined ? {} : { error_code: event.error_code }),
    ...(typeof event.preview_url === "string" ? { preview_url: event.preview_url } : {}),
    ...(position === undefined
      ? {}
      : { queue: { position, eta_seconds: shown?.queue?.eta_seconds ?? 0 } }),
  };
}

/**
 * What is to be shown after the news; undefined when they change nothing: they are old, repeated, or
 * would be a step backwards.
 */
export function merge(shown: Progress | undefined, news: News): Progress | undefined {
  if (shown !== undefined) {
    if (isFinal(shown.status) || news.version < shown.version) return undefined;
    if (RANK[news.status] < RANK[shown.status]) return undefined;
  }
  const next: Progress = {
    id: news.id,
    status: news.status,
    version: news.version,
    public_url: news.public_url ?? null,
    error_code: news.error_code ?? null,
    queue: news.status === "PENDING" ? news.queue ?? shown?.queue ?? null : null,
    preview_url: isFinal(news.status) ? null : news.preview_url ?? shown?.preview_url ?? null,
  };
  return shown !== undefined && isSame(shown, next) ? undefined : next;
}

function isSame(one: Progress, other: Progress): boolean {
  return one.status === other.status && one.version === other.version &&
    one.public_url === other.public_url && one.error_code === other.error_code &&
    one.preview_url === other.preview_url &&
    one.queue?.position === other.queue?.position &&
    one.queue?.eta_seconds === other.queue?.eta_seconds;
}

/** What is learned from the answer to a submission: the row itself has not been read yet. */
export function newsOfAccepted({ id, status, queue }: Accepted): News {
  return { id, status, version: 0, queue };
}
