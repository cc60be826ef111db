/** A fixed number of places, waited for in order and for a bounded time. */

export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** @param timeoutMs How long `acquire` waits, in milliseconds. */
  constructor(size: number, readonly timeoutMs: number) {
    this.#free = size;
  }

  /** Takes a place and gives the function that frees it; gives nothing when none came free in time. */
  async acquire(): Promise<(() => void) | undefined> {
    if (this.#free > 0) this.#free -= 1;
    else if (!await this.#handedOver()) return undefined;
    return () => this.#release();
  }

  /** Waits for a place that another holder hands over. */
  #handedOver(): Promise<boolean> {
    return new Promise((resolve) => {
      const take = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(take);
        resolve(false);
      }, this.timeoutMs);
      this.#waiting.add(take);
    });
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
