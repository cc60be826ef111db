/** Which stand-ins the environment replaces with the real thing. */

/** What the environment names. `undefined`: the stand-in is used. */
export interface RealServices {
  openAi?: Record<string, string>;
  s3?: Record<string, string>;
  redis?: Record<string, string>;
  telegramBotToken?: string;
  jwtSecret?: string;
  jwtSigningKey?: string;
}

const OPTIONAL_OPENAI = ["OPENAI_BASE_URL", "OPENAI_IMAGE_MODELS", "OPENAI_TIMEOUT_SECONDS"];
const OPTIONAL_S3 = ["AWS_REGION", "AWS_ENDPOINT_URL_S3", "AWS_PUBLIC_BASE_URL"];

/**
 * Reads the environment. A service counts as named only with all it needs: AWS keys without
 * `AWS_BUCKET_NAME` are somebody's keys for something else.
 */
export function findRealServices(env: (name: string) => string | undefined): RealServices {
  const read = (required: string[], optional: string[] = []) => {
    const values = Object.fromEntries(
      [...required, ...optional].flatMap((name) => {
        const value = env(name);
        return value ? [[name, value]] : [];
      }),
    );
    return required.every((name) => name in values) ? values : undefined;
  };
  const openAi = read(["OPENAI_API_KEY"], OPTIONAL_OPENAI);
  const s3 = read(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_BUCKET_NAME"], OPTIONAL_S3);
  const redis = read(["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"]);
  const [token, secret, key] = ["TELEGRAM_BOT_TOKEN", "JWT_SECRET", "JWT_SIGNING_KEY"].map(env);
  return {
    ...(openAi && { openAi }),
    ...(s3 && { s3 }),
    ...(redis && { redis }),
    ...(token && { telegramBotToken: token }),
    ...(secret && { jwtSecret: secret }),
    ...(key && { jwtSigningKey: key }),
  };
}
