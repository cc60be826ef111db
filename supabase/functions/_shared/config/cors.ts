/** Settings: the web origins that may call the functions. */
import type { EnvironmentReader } from "./read_config.ts";
import type { CorsOrigins } from "../http/cors.ts";

/** Reads `CORS_ORIGINS`: origins separated by commas, or `*` (default) for every one. */
export function readCorsOrigins(env: EnvironmentReader): CorsOrigins {
  const text = env.text("CORS_ORIGINS", {
    wanted: '"*" or a comma list of origins such as "https://app.example.com"',
    accepts: (value) => value.trim() === "*" || listOf(value).every(isOrigin),
    fallback: "*",
  });
  return text.trim() === "*" ? "*" : Object.freeze(listOf(text));
}

function listOf(text: string): string[] {
  return text.split(",").map((origin) => origin.trim());
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
