/** Login by Telegram initData, refresh, logout. */
import type { AccessTokenKey, AccessTokens } from "../_shared/auth/access_token.ts";
import { requireCaller } from "../_shared/auth/caller.ts";
import {
  createRefreshToken,
  deriveNextRefreshToken,
  isRefreshToken,
  refreshLineage,
} from "../_shared/auth/refresh_token.ts";
import type { TelegramConfig } from "../_shared/config/telegram.ts";
import type { CorsOrigins } from "../_shared/http/cors.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { AppError } from "../_shared/http/errors.ts";
import {
  createRequestHandler,
  jsonResponse,
  readJsonObject,
  type RequestContext,
} from "../_shared/http/request_handler.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { verifyInitData } from "../_shared/telegram/init_data.ts";
import { hashTelegramId } from "../_shared/telegram/id_hash.ts";
import { type AttemptLimiter, limitAddress, limitIdentity } from "./attempt_limits.ts";
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
}

/** The contract's bound; what Telegram's clients send is well under half of it. */
const MAX_BODY_BYTES = 4_096;

/** How far Telegram's clock may be ahead of ours. */
const MAX_FUTURE_SKEW_SECONDS = 30;

/** Builds the handler of `/auth/login`, `/auth/refresh` and `/auth/logout`. */
export function createAuthHandler(deps: AuthDeps): (request: Request) => Promise<Response> {
  return createRequestHandler({
    name: "auth",
    runtime: deps.runtime,
    corsOrigins: deps.corsOrigins,
    routes: [
      { method: "POST", pattern: "/login", handle: (context) => logIn(context, deps) },
      { method: "POST", pattern: "/refresh", handle: (context) => refresh(context, deps) },
      { method: "POST", pattern: "/logout", handle: (context) => logOut(context, deps) },
    ],
  });
}

async function logIn(context: RequestContext, deps: AuthDeps): Promise<Response> {
  const initData = await readTextField(context.request, "initData");
  // Before the limits: what is forged costs one HMAC here, and Redis and the database nothing.
  const user = await verifyInitData(initData, {
    ...deps.telegram,
    now: deps.runtime.now(),
    maxFutureSkewSeconds: MAX_FUTURE_SKEW_SECONDS,
  });
  await limitAddress(deps.limiter, context.request);
  await limitIdentity(deps.limiter, { name: "login", identifier: String(user.id) });
  const refreshToken = createRefreshToken(deps.runtime);
  const telegramIdHash = await hashTelegramId(user.id, deps.telegram.botToken);
  const session = await openSession(deps.db, { user, refreshToken, telegramIdHash });
  return await answerTokens(context, deps, { ...session, refreshToken });
}

async function refresh(context: RequestContext, deps: AuthDeps): Promise<Response> {
  const refreshToken = await readTextField(context.request, "refresh_token");
  if (!isRefreshToken(refreshToken)) {
    throw new AppError("invalid_refresh_token", "The refresh token is not valid: log in again");
  }
  await limitAddress(deps.limiter, context.request);
  await limitIdentity(deps.limiter, { name: "refresh", identifier: refreshLineage(refreshToken) });
  const nextRefreshToken = await deriveNextRefreshToken(refreshToken, deps.refreshKey);
  const session = await renewSession(deps.db, { refreshToken, nextRefreshToken });
  return await answerTokens(context, deps, { ...session, refreshToken: nextRefreshToken });
}

async function logOut(context: RequestContext, deps: AuthDeps): Promise<Response> {
  await closeSession(deps.db, await requireCaller(context, deps.accessTokens));
  return new Response(null, { status: 204 });
}

async function readTextField(request: Request, field: string): Promise<string> {
  const options = { maxBytes: MAX_BODY_BYTES, fields: [field] };
  const body = await readJsonObject(request, options).catch((error: unknown) => {
    // The contract answers an over-long login like any other that cannot be read.
    if (!(error instanceof AppError) || error.code !== "payload_too_large") throw error;
    throw new AppError("invalid_request", error.message);
  });
  const value = body[field];
  if (typeof value === "string" && value !== "") return value;
  throw new AppError("invalid_request", `Missing "${field}": wanted a text that is not empty`);
}

async function answerTokens(
  context: RequestContext,
  deps: AuthDeps,
  { user, sessionId, refreshToken }: OpenSession & { refreshToken: string },
): Promise<Response> {
  context.note({ user_id: user.id });
  const issued = await deps.accessTokens.issue({ userId: user.id, sessionId });
  return jsonResponse({
    access_token: issued.accessToken,
    token_type: "bearer",
    expires_in: issued.expiresIn,
    expires_at: issued.expiresAt,
    refresh_token: refreshToken,
    user,
  });
}
