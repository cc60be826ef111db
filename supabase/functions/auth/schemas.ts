/** What the auth function takes and answers. */
import * as v from "valibot";

const FILLED = v.pipe(v.string(), v.nonEmpty("wanted a text that is not empty"));

/** The body of POST /auth/login: the raw `initData` string. */
export const LOGIN = v.strictObject({ initData: FILLED });

/** The body of POST /auth/refresh. */
export const REFRESH = v.strictObject({ refresh_token: FILLED });

/** The user as the contract shows it. */
export const SESSION_USER = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  telegram_id: v.pipe(v.number(), v.safeInteger()),
  first_name: v.string(),
  username: v.nullable(v.string()),
  /** Negative only after a purchase was refunded whose credits were spent. */
  credits: v.pipe(v.number(), v.integer()),
});

/** What login and refresh answer. */
export const TOKENS = v.strictObject({
  access_token: v.string(),
  token_type: v.literal("bearer"),
  /** Seconds. */
  expires_in: v.pipe(v.number(), v.integer()),
  /** Seconds since the epoch. */
  expires_at: v.pipe(v.number(), v.integer()),
  refresh_token: v.string(),
  user: SESSION_USER,
});

export type SessionUser = v.InferOutput<typeof SESSION_USER>;
export type Tokens = v.InferOutput<typeof TOKENS>;
