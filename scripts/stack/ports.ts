/** Ports to listen on: the gateway's, checked before anything is started, and free ones. */

/**
 * Gives `port`, or a free one for 0.
 *
 * @throws {Error} When the port is taken, saying which and how to choose another.
 */
export function claimPort(port: number): number {
  if (port === 0) return findFreePort();
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return port;
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) throw portTaken(port, cause);
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new Error(`Port ${port} needs more rights: choose another with --port N`, { cause });
    }
    throw cause;
  }
}

/**
 * Where free ports are looked for: below those that Linux gives to outgoing connections, as one of them
 * could take the port between this look and its use.
 */
const FREE_PORTS = { from: 20_000, to: 32_768 };

/** A port that nobody listens on, drawn at random so that two who look at once find two. */
export function findFreePort(): number {
  while (true) {
    const { from, to } = FREE_PORTS;
    const port = from + Math.floor(Math.random() * (to - from));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** The error for a taken port. */
export function portTaken(port: number, cause: unknown): Error {
  return new Error(`Port ${port} is taken: stop what uses it, or choose another with --port N`, {
    cause,
  });
}
