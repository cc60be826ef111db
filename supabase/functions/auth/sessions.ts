/** The database side of sessions: one function for each SQL function. */
import { hashRefreshToken } from "../_shared/auth/refresh_token.ts";
import type { Caller } from "../_shared/auth/access_token.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { AppError } from "../_shared/http/errors.ts";
import type { TelegramUser } from "../_shared/telegram/user.ts";
import { IDENTITY_LIMIT, tooManyAttempts } from "./attempt_limits.ts";
import type { SessionUser } from "./schemas.ts";

/** A session that is open, and whose it is. */
export interface OpenSession {
  user: SessionUser;
  sessionId: string;
}

interface SessionAnswer {
  outcome?: "refreshed" | "invalid" | "reused" | "limited";
  user: SessionUser;
  "session_id": string;
  /** With `limited`. */
  "rate_limit"?: { limit: number; remaining: number; "reset_seconds": number };
}

/**
 * Opens a session for a verified Telegram user, creating the user at the first login.
 * Not idempotent: repeated, it opens another session.
 */
export async function openSession(
  db: RpcClient,
  { user, refreshToken, telegramIdHash }: {
    user: TelegramUser;
    refreshToken: string;
    telegramIdHash: string;
  },
): Promise<OpenSession> {
  const answer = await db.rpc<SessionAnswer>("login_user", {
    telegram_id: user.id,
    first_name: user.firstName,
    last_name: user.lastName,
    username: user.username,
    language_code: user.languageCode,
    photo_url: user.photoUrl,
    allows_write_to_pm: user.allowsWriteToPm,
    refresh_token_hash: await hashRefreshToken(refreshToken),
    telegram_id_hash: telegramIdHash,
  });
  return toOpenSession(answer);
}

/**
 * Exchanges a refresh token for the next one.
 *
 * @throws {AppError} `invalid_refresh_token` for one that is unknown, over or spent for longer than
 * SQL's half minute, which has revoked its session. `rate_limited` when its user refreshes too often; the token stays good.
 */
export async function renewSession(
  db: RpcClient,
  { refreshToken, nextRefreshToken }: { refreshToken: string; nextRefreshToken: string },
): Promise<OpenSession> {
  const answer = await db.rpc<SessionAnswer>("refresh_session", {
    refresh_token_hash: await hashRefreshToken(refreshToken),
    next_refresh_token_hash: await hashRefreshToken(nextRefreshToken),
    attempts_per_minute: IDENTITY_LIMIT,
  });
  if (answer.outcome === "limited" && answer.rate_limit !== undefined) {
    const { limit, remaining, reset_seconds: resetSeconds } = answer.rate_limit;
    throw tooManyAttempts({ limit, remaining, resetSeconds });
  }
  if (answer.outcome !== "refreshed") {
    // One text for both: whether a stolen token was ever good is nobody's business.
    throw new AppError("invalid_refresh_token", "The refresh token is not valid: log in again", {
      cause: new Error(`refresh_session gave "${answer.outcome}"`),
    });
  }
  return toOpenSession(answer);
}

/** Ends the caller's session; ending it again changes nothing. */
export async function closeSession(db: RpcClient, caller: Caller): Promise<void> {
  await db.rpc("revoke_session", { user_id: caller.userId, session_id: caller.sessionId });
}

// Names the members: what SQL may add one day is not sent to clients unasked.
function toOpenSession({ user, session_id: sessionId }: SessionAnswer): OpenSession {
  const { id, telegram_id, first_name, username, credits } = user;
  return { user: { id, telegram_id, first_name, username, credits }, sessionId };
}
