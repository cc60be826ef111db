/** The environment a stack gives to its functions, and to others by `.stack/env`. */
import { importJWK, type JWK } from "jose";
import type { CredentialsOptions } from "./credentials.ts";
import type { StackKeys } from "./keys.ts";
import type { RealServices } from "./real_services.ts";

/** What a stack consists of, as far as the environment is concerned. */
export interface StackParts {
  url: string;
  databaseUrl: string;
  keys: StackKeys;
  real: RealServices;
  openai: { url: string };
  s3: { url: string };
  /** `undefined` with a real bot. */
  bot: { url: string } | undefined;
  /** `null` without a redis-server. */
  redisRest: { url: string } | null;
}

/** What the gateway's parts accept: the keys, and the public half of `JWT_SIGNING_KEY`. */
export async function stackCredentials(
  keys: StackKeys,
  signingKey: string | undefined,
): Promise<CredentialsOptions> {
  const { publishableKey, secretKey, jwtSecret } = keys;
  if (signingKey === undefined) return { publishableKey, secretKey, jwtSecret };
  const { d: _private, key_ops: _usage, ...publicKey } = JSON.parse(signingKey) as JWK;
  await importJWK(publicKey, "ES256");
  return { publishableKey, secretKey, jwtSecret, jwks: { keys: [publicKey] } };
}

/** The variables of the functions, and those of `.stack/env`; a real service's replace a stand-in's. */
export function stackVariables(parts: StackParts): {
  functions: Record<string, string>;
  published: Record<string, string | undefined>;
} {
  const { url, databaseUrl, keys, real, redisRest } = parts;
  const openAi = real.openAi ??
    { OPENAI_BASE_URL: parts.openai.url, OPENAI_API_KEY: keys.openAiApiKey };
  const s3 = real.s3 ?? {
    AWS_ENDPOINT_URL_S3: parts.s3.url,
    AWS_ACCESS_KEY_ID: keys.awsAccessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.awsSecretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_BUCKET_NAME: "pixelpop",
  };
  const redis = real.redis ?? (redisRest === null ? {} : {
    UPSTASH_REDIS_REST_URL: redisRest.url,
    UPSTASH_REDIS_REST_TOKEN: keys.redisToken,
  });
  const shared = {
    SUPABASE_URL: url,
    TELEGRAM_BOT_TOKEN: keys.telegramBotToken,
    JWT_SECRET: keys.jwtSecret,
    WORKER_SECRET: keys.workerSecret,
    ...s3,
    ...redis,
    ...openAi,
  };
  return {
    functions: {
      ...shared,
      ...(parts.bot && { TELEGRAM_API_BASE_URL: parts.bot.url }),
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
      ...(real.jwtSigningKey && { JWT_SIGNING_KEY: real.jwtSigningKey }),
      // A process here has more memory than an isolate's 256 MB.
      WORKER_CONCURRENCY: "128",
    },
    published: {
      ...shared,
      SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
      SUPABASE_SECRET_KEY: keys.secretKey,
      DATABASE_URL: databaseUrl,
    },
  };
}
