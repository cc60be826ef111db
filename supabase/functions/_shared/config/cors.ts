/** Settings: the web origins that may call the functions. */
import * as v from "valibot";
import type { ConfigOf } from "./read_config.ts";
import { commaList } from "./variables.ts";

const ORIGINS = commaList(
  '"*" or a comma list of origins such as "https://app.example.com"',
  (list) => (list.length === 1 && list[0] === "*") || list.every(isOrigin),
);

/** `CORS_ORIGINS`: origins separated by commas, or `*` (default) for every one. */
export const corsSettings = v.pipe(
  v.object({ CORS_ORIGINS: v.optional(ORIGINS, "*") }),
  v.transform(({ CORS_ORIGINS: list }) => list[0] === "*" ? "*" as const : list),
);

/** The origins allowed to call, or `"*"` for every origin. */
export type CorsOrigins = ConfigOf<typeof corsSettings>;

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
