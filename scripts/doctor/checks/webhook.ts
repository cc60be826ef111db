/** The bot sends its updates to the function telegram, those that are needed, with the secret it asks for. */
import type { Check } from "../check.ts";
import type { Deployment } from "../deployment.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";
import { ALLOWED_UPDATES, askBot, WEBHOOK_FUNCTION } from "../telegram.ts";

/** What getWebhookInfo tells. */
interface WebhookInfo {
  url: string;
  allowed_updates?: string[];
  pending_update_count?: number;
  /** Seconds since the epoch. */
  last_error_date?: number;
  last_error_message?: string;
}

const CURE = "deno task deploy sets the webhook anew";
const RECENT_SECONDS = 3600;

/** See the head of this file. */
export const webhook: Check = {
  name: "webhook",
  needs: ["TELEGRAM_BOT_TOKEN", "SUPABASE_URL"],
  cure: "See the check bot",
  async run(deployment) {
    const { env, sources } = deployment;
    if (!sources.functions.includes(WEBHOOK_FUNCTION)) {
      return [ok("no function takes updates of the bot")];
    }
    const { ok: isKnown, result, description } = await askBot<WebhookInfo>(
      deployment,
      "getWebhookInfo",
    );
    if (!isKnown || result === undefined) {
      return [wrong(`getWebhookInfo failed: ${description}`, "See the check bot")];
    }
    const findings = [
      ...judgeAddress(result, `${env("SUPABASE_URL")}/functions/v1/${WEBHOOK_FUNCTION}`),
      ...judgeUpdates(result),
      ...judgeErrors(result, deployment.now()),
      ...await judgeSecret(deployment),
    ];
    return findings.length > 0 ? findings : [ok("the bot's updates come to the function telegram")];
  },
};

function judgeAddress({ url }: WebhookInfo, wanted: string): Finding[] {
  if (url === wanted) return [];
  const current = url === "" ? "not set" : url;
  return [wrong(`The webhook is ${current}, wanted ${wanted}: payments are lost`, CURE)];
}

function judgeUpdates({ allowed_updates: allowed = [] }: WebhookInfo): Finding[] {
  const missing = ALLOWED_UPDATES.filter((kind) => !allowed.includes(kind));
  if (missing.length === 0) return [];
  return [wrong(`The bot does not send updates of ${missing.join(" and ")}`, CURE)];
}

function judgeErrors(info: WebhookInfo, now: number): Finding[] {
  const { last_error_date: at, last_error_message: message, pending_update_count: left } = info;
  const age = at === undefined ? Infinity : now / 1000 - at;
  return [
    ...age > RECENT_SECONDS ? [] : [warning(
      `Telegram could not deliver ${Math.round(age / 60)} min ago: ${message}`,
      "See the log of the function telegram; a 401 is a wrong secret: deno task deploy",
    )],
    ...(left ?? 0) <= 100 ? [] : [warning(
      `${left} updates wait`,
      "See the log of the function telegram: it does not answer 200",
    )],
  ];
}

/** Telegram tells no secret, so the function is asked. */
async function judgeSecret({ env, fetch }: Deployment): Promise<Finding[]> {
  const secret = env("TELEGRAM_WEBHOOK_SECRET");
  if (!secret) return [wrong("TELEGRAM_WEBHOOK_SECRET is not set", "See the check settings")];
  const response = await fetch(`${env("SUPABASE_URL")}/functions/v1/${WEBHOOK_FUNCTION}`, {
    method: "POST",
    headers: {
      "x-telegram-bot-api-secret-token": secret,
      "content-type": "application/json",
    },
    // An update of a kind that is ignored.
    body: JSON.stringify({ "update_id": 0 }),
  });
  await response.body?.cancel();
  if (response.status !== 401) return [];
  return [wrong(
    "The function telegram refuses TELEGRAM_WEBHOOK_SECRET (401)",
    "deno task deploy sets it for the function and the webhook",
  )];
}
