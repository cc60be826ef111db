/** Login by Telegram initData, refresh, logout. */
import type { Context, Hono } from "hono";
import type { AccessTokenKey, AccessTokens } from "../_shared/auth/access_token.ts";
import {
  createRefreshToken,
  deriveNextRefreshToken,
  isRefreshToken,
  refreshLineage,
} from "../_shared/auth/refresh_token.ts";
import type { CorsOrigins } from "../_shared/config/cors.ts";
import type { TelegramConfig } from "../_shared/config/telegram.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { type BaseEnv, createApp } from "../_shared/http/app.ts";
import { bearer } from "../_shared/http/bearer.ts";
import { AppError } from "../_shared/http/errors.ts";
import { json } from "../_shared/http/json.ts";
import type { EventCounter } from "../_shared/observability/event_counter.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { hashTelegramId } from "../_shared/telegram/id_hash.ts";
import { verifyInitData } from "../_shared/telegram/init_data.ts";
import { type AttemptLimiter, limitAddress, limitIdentity } from "./attempt_limits.ts";
import { LOGIN, REFRESH, type Tokens } from "./schemas.ts";
import { closeSession, type OpenSession, openSession, renewSession } from "./sessions.ts";

/** What the function works with. */
export interface AuthDeps {
  runtime: Runtime;
  corsOrigins: CorsOrigins;
  telegram: TelegramConfig;
  accessTokens: AccessTokens;
  /** Derives the successors of refresh tokens. */
  refreshKey: AccessTokenKey;
  db: RpcClient;
  limiter: AttemptLimiter;
  /** @default nothing is counted */
  events?: EventCounter;
}

/** The contract's bound, and its answer; what Telegram's clients send is well under half of it. */
const BODY = { maxBytes: 4_096, overLimit: "invalid_request" } as const;

/** How far Telegram's clock may be ahead of ours. */
const MAX_FUTURE_SKEW_SECONDS = 30;

/** Builds the app of `/auth/login`, `/auth/refresh` and `/auth/logout`. */
export function createAuthApp(deps: AuthDeps): Hono<BaseEnv> {
  const app = createApp({ name: "auth", ...deps });

  app.post("/login", json(LOGIN, BODY), async (c) => {
    const session = await logIn(c, deps, c.req.valid("json").initData);
    return c.json(await issueTokens(c, deps, session));
  });

  app.post("/refresh", json(REFRESH, BODY), async (c) => {
    const session = await refresh(c, deps, c.req.valid("json").refresh_token);
    return c.json(await issueTokens(c, deps, session));
  });

  app.post("/logout", bearer(deps.accessTokens), async (c) => {
    await closeSession(deps.db, c.get("caller"));
    return c.body(null, 204);
  });

  return app;
}

type Session = OpenSession & { refreshToken: string };

async function logIn(c: Context<BaseEnv>, deps: AuthDeps, initData: string): Promise<Session> {
  // Before the limits: what is forged costs one HMAC here, and Redis and the database nothing.
  const user = await verifyInitData(initData, {
    ...deps.telegram,
    now: deps.runtime.now(),
    maxFutureSkewSeconds: MAX_FUTURE_SKEW_SECONDS,
  });
  await limitAddress(deps.limiter, c.req.raw);
  await limitIdentity(deps.limiter, { name: "login", identifier: String(user.id) });
  const refreshToken = createRefreshToken(deps.runtime);
  const telegramIdHash = await hashTelegramId(user.id, deps.telegram.botToken);
  return { ...await openSession(deps.db, { user, refreshToken, telegramIdHash }), refreshToken };
}

async function refresh(c: Context<BaseEnv>, deps: AuthDeps, spent: string): Promise<Session> {
  if (!isRefreshToken(spent)) {
    throw new AppError("invalid_refresh_token", "The refresh token is not valid: log in again");
  }
  await limitAddress(deps.limiter, c.req.raw);
  await limitIdentity(deps.limiter, { name: "refresh", identifier: refreshLineage(spent) });
  const next = await deriveNextRefreshToken(spent, deps.refreshKey);
  const session = await renewSession(deps.db, { refreshToken: spent, nextRefreshToken: next });
  return { ...session, refreshToken: next };
}

async function issueTokens(
  c: Context<BaseEnv>,
  deps: AuthDeps,
  { user, sessionId, refreshToken }: Session,
): Promise<Tokens> {
  c.get("note")({ user_id: user.id });
  const issued = await deps.accessTokens.issue({ userId: user.id, sessionId });
  return {
    access_token: issued.accessToken,
    token_type: "bearer",
    expires_in: issued.expiresIn,
    expires_at: issued.expiresAt,
    refresh_token: refreshToken,
    user,
  };
}
