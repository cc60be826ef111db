/**
 * Web Locks of this file's tests alone. Deno's own are shared with test files that run beside it, and are
 * granted in real time, of which a fake clock knows nothing.
 */

const tails = new Map<string, Promise<unknown>>();

async function request<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const before = tails.get(name) ?? Promise.resolve();
  const result = before.then(run);
  const tail = result.then(() => undefined, () => undefined);
  tails.set(name, tail);
  return await result;
}

/** Replaces `navigator.locks`. */
export function installFakeLocks(): void {
  Object.defineProperty(navigator, "locks", { value: { request }, configurable: true });
}
