/** What the S3 stand-in keeps of each request it received. */

/** One request. */
export interface S3JournalEntry {
  /** ISO 8601 with milliseconds. */
  at: string;
  method: string;
  /** Empty for a request on the bucket. */
  key: string;
  anonymous: boolean;
  /** Null when nothing was answered. */
  status: number | null;
  /**
   * `ok`, S3's error code, `dropped`, `hang`, `lost` (done, but the answer lost) or `aborted` (the
   * client left first); `in_progress` before.
   */
  outcome: string;
}

/** Entries kept; a benchmark must not fill the memory. */
const CAPACITY = 100_000;

/** The latest requests, oldest first. */
export class S3Journal {
  #entries: S3JournalEntry[] = [];

  /** Opens the entry of a request; its fields are filled in as they become known. */
  open(method: string): S3JournalEntry {
    const entry: S3JournalEntry = {
      at: new Date().toISOString(),
      method,
      key: "",
      anonymous: true,
      status: null,
      outcome: "in_progress",
    };
    if (this.#entries.length === CAPACITY) this.#entries.splice(0, CAPACITY / 10);
    this.#entries.push(entry);
    return entry;
  }

  list(): S3JournalEntry[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  clear(): void {
    this.#entries = [];
  }
}
