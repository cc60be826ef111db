/** Reads the balance after a refund until it shows. */
import { type Clock, pause } from "./clock.ts";
import { SETTLE_MS, VISIBLE_MS } from "./confirm.ts";

/** Follows refunds. */
export interface RefundReader {
  /** A generation ended without a picture: its credits come back. */
  expect(): void;
  close(): void;
}

/** What it works with. */
export interface RefundReaderDeps {
  /** Reads the balance. */
  read(): Promise<number | null>;
  /** The balance as it is known here. */
  current(): number | null;
  clock: Clock;
}

/** Pauses before each read, in milliseconds; the later ones are for a busy server, and for reads that fail. */
const PAUSES_MS = [VISIBLE_MS, SETTLE_MS, 3_000, 10_000];

/** Makes it. */
export function createRefundReader({ read, current, clock }: RefundReaderDeps): RefundReader {
  const end = new AbortController();

  async function follow(): Promise<void> {
    const before = current();
    for (const milliseconds of PAUSES_MS) {
      await pause(clock, milliseconds, end.signal);
      const credits = await read().catch(() => before);
      if (credits !== before) return;
    }
  }

  return {
    // Rejects only by `close`.
    expect: () => void follow().catch(() => {}),
    close: () => end.abort(),
  };
}
