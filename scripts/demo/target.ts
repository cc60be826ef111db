/** Where the demo runs: a project the environment names, a stack that runs already, or one of its own. */
import { readEnvFile } from "../stack/env_file.ts";

/** What a Mini App, and the bot it belongs to, know of a project. */
export interface Target {
  supabaseUrl: string;
  publishableKey: string;
  botToken: string;
  /** To compare the picture with the object in the bucket; absent for somebody else's bucket. */
  bucket?: {
    endpoint: string;
    region: string;
    name: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  /** In words, for the demo's first line. */
  description: string;
}

const NEEDED = ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "TELEGRAM_BOT_TOKEN"] as const;

/**
 * Finds the target: the environment's project (`SUPABASE_URL`, `SUPABASE_PUBLISHABLE_KEY` and
 * `TELEGRAM_BOT_TOKEN`), else the stack of `.stack/env` if it answers; `undefined` when there is none.
 *
 * @throws {Error} When the environment names a project but not all of it.
 */
export async function findTarget(
  env: (name: string) => string | undefined,
): Promise<Target | undefined> {
  if (env("SUPABASE_URL")) {
    const missing = NEEDED.filter((name) => !env(name));
    if (missing.length > 0) {
      throw new Error(
        `Cannot use the project of SUPABASE_URL: ${missing.join(" and ")} not set, wanted too`,
      );
    }
    return toTarget(env, `the project at ${env("SUPABASE_URL")}`);
  }
  const variables = await readEnvFile();
  if (variables === undefined || !await answers(variables.SUPABASE_URL)) return undefined;
  return toTarget((name) => variables[name], `the stack at ${variables.SUPABASE_URL}`);
}

/** Reads a target from variables named as in `.stack/env`. */
export function toTarget(env: (name: string) => string | undefined, description: string): Target {
  const [endpoint, accessKeyId, secretAccessKey] = [
    env("AWS_ENDPOINT_URL_S3"),
    env("AWS_ACCESS_KEY_ID"),
    env("AWS_SECRET_ACCESS_KEY"),
  ];
  return {
    supabaseUrl: env("SUPABASE_URL") ?? "",
    publishableKey: env("SUPABASE_PUBLISHABLE_KEY") ?? "",
    botToken: env("TELEGRAM_BOT_TOKEN") ?? "",
    description,
    ...(endpoint && accessKeyId && secretAccessKey
      ? {
        bucket: {
          endpoint,
          accessKeyId,
          secretAccessKey,
          region: env("AWS_REGION") ?? "us-east-1",
          name: env("AWS_BUCKET_NAME") ?? "pixelpop",
        },
      }
      : {}),
  };
}

// A file left by a stack that was killed is no stack.
async function answers(url: string | undefined): Promise<boolean> {
  if (url === undefined) return false;
  try {
    const response = await fetch(`${url}/auth/v1/health`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
