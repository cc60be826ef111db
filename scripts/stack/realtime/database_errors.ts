/** Tells a database that cannot be reached from one that refuses. */

/** Whether the server was not there, or went away: the same may succeed later. */
export function isUnreachable(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  // 57P01 and the like: the server stops or has not started yet. Any other answer is a refusal.
  return name === "PostgresError"
    ? code?.startsWith("57P") ?? false
    : /^(ECONN|EPIPE|ETIMEDOUT|ERR_STREAM|CONNECT)/.test(code ?? "");
}
