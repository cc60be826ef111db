/** Takes secrets out of text: whatever is set under the name of one, and what looks like one. */
import { redact } from "../../supabase/functions/_shared/observability/redact.ts";

const SECRET_NAMES = [
  ...["SUPABASE_SECRET_KEY", "SUPABASE_SECRET_KEYS", "SUPABASE_SERVICE_ROLE_KEY"],
  ...["SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD", "DATABASE_URL"],
  ...["JWT_SECRET", "JWT_SIGNING_KEY", "WORKER_SECRET", "OPENAI_API_KEY"],
  ...["TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"],
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  "UPSTASH_REDIS_REST_TOKEN",
];

/** Makes the mask for a deployment's settings. */
export function createMask(env: (name: string) => string | undefined): (text: string) => string {
  const secrets = SECRET_NAMES.flatMap((name) => {
    const value = env(name);
    return value ? [value, ...passwordOf(value)] : [];
  }).sort((a, b) => b.length - a.length);
  return (text) => {
    const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
    return String(redact({ masked }).masked);
  };
}

/** The password within a URL, as it is and as it is written there. */
function passwordOf(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password === "" ? [] : [password, decodeURIComponent(password)];
}
