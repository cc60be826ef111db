/** Asks Postgres again while it restarts: the saboteur and the judge must outlive what they do. */

const AWAY =
  /^(57P0\d|08\w{3}|CONNECTION_\w+|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|UND_ERR_\w+)$/;
const PATIENCE_MS = 20_000;

/**
 * Calls `ask` until the server answers.
 *
 * @throws What `ask` throws for any other reason, or after 20 seconds.
 */
export async function insist<Result>(ask: () => PromiseLike<Result>): Promise<Result> {
  for (const giveUp = Date.now() + PATIENCE_MS;;) {
    try {
      return await ask();
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      if (typeof code !== "string" || !AWAY.test(code) || Date.now() > giveUp) throw error;
      await pause(50);
    }
  }
}

/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Calls `look` every `intervalMs` until it gives something other than `undefined`, and gives that;
 * `undefined` after `seconds`.
 */
export async function untilFound<Found>(
  look: () => Promise<Found | undefined>,
  { seconds, intervalMs = 15 }: { seconds: number; intervalMs?: number },
): Promise<Found | undefined> {
  for (const giveUp = Date.now() + seconds * 1000;;) {
    const found = await look();
    if (found !== undefined || Date.now() > giveUp) return found;
    await pause(intervalMs);
  }
}
