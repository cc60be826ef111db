/** A fetch whose requests never ride a kept-alive connection. */

/**
 * Wraps the runtime's fetch for calls that must not be made twice: Deno sends a POST again, unasked,
 * when a connection it reuses drops before the answer. A connection of its own each cannot be reused.
 */
export function createUnpooledFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return (input, init) => fetch(input, { ...init, client } as object);
}
