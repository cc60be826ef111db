/** What the auth function takes and answers. */
import * as v from "valibot";

const FILLED = v.pipe(v.string(), v.nonEmpty("wanted a text that is not empty"));
const SECONDS = v.pipe(v.number(), v.integer());

/** The body of POST /auth/login. */
export const LOGIN = v.strictObject({
  initData: v.pipe(FILLED, v.description("The raw string of Telegram.WebApp.initData.")),
});

/** The body of POST /auth/refresh. */
export const REFRESH = v.strictObject({
  refresh_token: v.pipe(FILLED, v.description("The latest one; it is spent by this.")),
});

/** The user as the contract shows it. */
export const SESSION_USER = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  telegram_id: v.pipe(v.number(), v.safeInteger()),
  first_name: v.string(),
  username: v.nullable(v.string()),
  credits: v.pipe(
    v.number(),
    v.integer(),
    v.description("Negative only after a purchase was refunded whose credits were spent."),
  ),
});

/** What login and refresh answer. */
export const TOKENS = v.strictObject({
  access_token: v.pipe(v.string(), v.description("A JWT; the Data API and Realtime take it too.")),
  token_type: v.literal("bearer"),
  expires_in: v.pipe(SECONDS, v.description("Seconds until the access token is over.")),
  expires_at: v.pipe(SECONDS, v.description("The same as a moment: seconds since the epoch.")),
  refresh_token: v.pipe(v.string(), v.description("Exchanged by POST /auth/refresh, once.")),
  user: SESSION_USER,
});

export type SessionUser = v.InferOutput<typeof SESSION_USER>;
export type Tokens = v.InferOutput<typeof TOKENS>;
