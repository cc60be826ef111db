/** Looks up the addresses of a host name. */

/** Gives the addresses of a host name, none if it has none; rejects when that cannot be found out. */
export type ResolveHost = (name: string, signal: AbortSignal) => Promise<string[]>;

/** The runtime's own resolver; `undefined` where it has none. */
export function createHostResolver(): ResolveHost | undefined {
  if (typeof Deno.resolveDns !== "function") return undefined;
  return async (name, signal) => {
    const answers = await Promise.all([lookUp(name, "A", signal), lookUp(name, "AAAA", signal)]);
    return answers.flat();
  };
}

async function lookUp(name: string, type: "A" | "AAAA", signal: AbortSignal): Promise<string[]> {
  try {
    return await Deno.resolveDns(name, type, { signal });
  } catch (error) {
    // A host often has addresses of one kind only.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
