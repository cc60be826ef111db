/** How often one address, one Telegram user and one login's line of tokens may log in or refresh. */
import { AppError } from "../_shared/http/errors.ts";

/** The part of the shared rate limiter that is used here. */
export interface AttemptLimiter {
  take(request: { name: string; identifier: string; limit: number }): Promise<{
    allowed: boolean;
    limit: number;
    remaining: number;
    resetSeconds: number;
  }>;
}

/**
 * A minute, of one client address. Generous, as mobile carriers put thousands of users behind one
 * address (carrier-grade NAT): it stops one machine, not a crowd.
 */
export const ADDRESS_LIMIT = 6_000;

/** A minute, of one Telegram user logging in or refreshing: far above any real client. */
export const IDENTITY_LIMIT = 60;

/**
 * Spends one attempt of the client's address, the first hop of `x-forwarded-for`.
 *
 * A client can put an address of its choice there if the gateway appends instead of replacing:
 * this limit is a courtesy, no defence. What must hold is limited by identity.
 *
 * @throws {AppError} `rate_limited` with `retry-after`.
 */
export async function limitAddress(limiter: AttemptLimiter, request: Request): Promise<void> {
  const first = request.headers.get("x-forwarded-for")?.split(",")[0]?.trim() ?? "";
  // What is no address shares one allowance, so that invented text makes no new ones.
  const identifier = /^[\da-f.:]{2,45}$/i.test(first) ? first.toLowerCase() : "unknown";
  await take(limiter, { name: "auth_address", identifier, limit: ADDRESS_LIMIT });
}

/**
 * Spends one attempt of a verified user (`login`) or of a login's line of tokens (`refresh`). Whose
 * tokens they are only the database knows: refresh_session limits the user, over all of their lines.
 *
 * @throws {AppError} `rate_limited` with `retry-after`.
 */
export async function limitIdentity(
  limiter: AttemptLimiter,
  { name, identifier }: { name: "login" | "refresh"; identifier: string },
): Promise<void> {
  await take(limiter, { name, identifier, limit: IDENTITY_LIMIT });
}

async function take(
  limiter: AttemptLimiter,
  request: { name: string; identifier: string; limit: number },
): Promise<void> {
  const { allowed, ...bucket } = await limiter.take(request);
  if (!allowed) throw tooManyAttempts(bucket);
}

/** The refusal of an attempt for which a bucket had no token. */
export function tooManyAttempts(
  { limit, remaining, resetSeconds }: { limit: number; remaining: number; resetSeconds: number },
): AppError {
  const seconds = String(Math.max(1, Math.ceil(resetSeconds)));
  return new AppError("rate_limited", `Too many attempts: wait ${seconds} seconds`, {
    headers: {
      "retry-after": seconds,
      "ratelimit-limit": String(limit),
      "ratelimit-remaining": String(remaining),
      "ratelimit-reset": seconds,
    },
  });
}
