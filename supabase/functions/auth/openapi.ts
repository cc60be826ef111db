/** Describes the auth function to the outside. */
import type { FunctionDescription, Operation } from "../_shared/http/operation.ts";
import { LOGIN, REFRESH, SESSION_USER, TOKENS } from "./schemas.ts";

const EXAMPLE_TOKENS = {
  access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI1YzhmNGYwZSJ9.c2lnbmF0dXJl",
  token_type: "bearer",
  expires_in: 3600,
  expires_at: 1795694400,
  refresh_token: "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_",
  user: {
    id: "5c8f4f0e-9d2b-4b53-9a3e-0d8d9a4d7c11",
    telegram_id: 279058397,
    first_name: "Ada",
    username: "ada",
    credits: 20,
  },
};

const tokens = {
  status: 200,
  description: "Tokens of the session, and whose it is.",
  schema: TOKENS,
  example: EXAMPLE_TOKENS,
};

/** The allowance that is used up: the address's, or the identity's. */
const LIMITED = {
  rate_limited: {
    "ratelimit-limit": "always",
    "ratelimit-remaining": "always",
    "ratelimit-reset": "always",
  },
} as const;

const operations: Operation[] = [
  {
    id: "logIn",
    method: "post",
    path: "/auth/login",
    summary: "Log in by Telegram's launch data",
    description: "Opens a session for the Telegram user who signed `initData`. The first login " +
      "creates the user and grants the signup credits, once. The body has 4 KiB at most.",
    credential: "none",
    body: {
      schema: LOGIN,
      example: { initData: "user=%7B%22id%22%3A279058397%7D&auth_date=1795690800&hash=c501b71e" },
    },
    answers: [tokens],
    errors: ["invalid_request", "invalid_init_data", "expired_init_data", "rate_limited"],
    errorHeaders: LIMITED,
  },
  {
    id: "refreshSession",
    method: "post",
    path: "/auth/refresh",
    summary: "Exchange a refresh token",
    description: "Answers as login does; the old token is spent. A spent token that comes again " +
      "within 30 seconds (two tabs, a lost answer) is answered as well; later it revokes the session.",
    credential: "none",
    body: { schema: REFRESH, example: { refresh_token: EXAMPLE_TOKENS.refresh_token } },
    answers: [tokens],
    errors: ["invalid_request", "invalid_refresh_token", "rate_limited"],
    errorHeaders: LIMITED,
  },
  {
    id: "logOut",
    method: "post",
    path: "/auth/logout",
    summary: "End the session",
    description: "Revokes the session of the access token; again is the same.",
    credential: "bearer",
    answers: [{ status: 204, description: "The session is revoked." }],
    errors: ["unauthorized"],
  },
];

/** The auth function. */
export const description: FunctionDescription = {
  name: "auth",
  about: "Sessions of Telegram users.",
  schemas: { Tokens: TOKENS, User: SESSION_USER },
  operations,
};
