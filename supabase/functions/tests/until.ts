/** Waits for something to become true; fails, saying what, when it does not. */

const INTERVAL_MS = 20;

/**
 * Calls `look` until it gives something other than `undefined`, `null` or `false`, and gives that.
 *
 * @param what In words, for the error.
 * @throws {Error} After `seconds`. @default 30
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | null | false> | Found | undefined | null | false,
  seconds = 30,
): Promise<Found> {
  for (const giveUp = Date.now() + seconds * 1000;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > giveUp) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
