/** One at a time among all pages of an origin, where the browser can (Web Locks); else among nobody. */

interface LockManager {
  request<Result>(name: string, run: () => Promise<Result>): Promise<Result>;
}

/** Runs under the lock `name`. */
export async function withLock<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManager };
  return locks === undefined ? await run() : await locks.request(name, run);
}
