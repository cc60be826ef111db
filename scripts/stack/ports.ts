/** The port the gateway will listen on, checked before anything is started. */

/**
 * Gives `port`, or a free one for 0.
 *
 * @throws {Error} When the port is taken, saying which and how to choose another.
 */
export function claimPort(port: number): number {
  try {
    using listener = Deno.listen({ hostname: "127.0.0.1", port });
    return listener.addr.port;
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) throw portTaken(port, cause);
    if (cause instanceof Deno.errors.PermissionDenied) {
      throw new Error(`Port ${port} needs more rights: choose another with --port N`, { cause });
    }
    throw cause;
  }
}

/** The error for a taken port. */
export function portTaken(port: number, cause: unknown): Error {
  return new Error(`Port ${port} is taken: stop what uses it, or choose another with --port N`, {
    cause,
  });
}
