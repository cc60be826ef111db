/** Questions to the Bot API; neither the token nor an address with it is in any message. */
import type { Deployment } from "./deployment.ts";

/** What the Bot API answers a method with. */
export interface BotAnswer<Result> {
  ok: boolean;
  result?: Result;
  description?: string;
}

/** Calls a method of the bot of TELEGRAM_BOT_TOKEN. */
export async function askBot<Result>(
  { env, fetch }: Pick<Deployment, "env" | "fetch">,
  method: string,
  body: object = {},
): Promise<BotAnswer<Result>> {
  const base = env("TELEGRAM_API_BASE_URL") ?? "https://api.telegram.org";
  const response = await fetch(`${base}/bot${env("TELEGRAM_BOT_TOKEN")}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(15_000),
  }).catch(() => {
    // Deno names the address in its error.
    throw new Error(`The Bot API does not answer to ${method}`);
  });
  const answer = await response.json().catch(() => null) as BotAnswer<Result> | null;
  return answer ?? { ok: false, description: `answered ${response.status} without JSON` };
}

/** What the bot is told to send updates of. */
export const ALLOWED_UPDATES = ["message", "pre_checkout_query"];

/** The functions whose presence asks for a webhook. */
export const WEBHOOK_FUNCTION = "telegram";

/** Whether two addresses are the same but for slashes at their ends. */
export function sameAddress(one: string | undefined, other: string): boolean {
  return one?.replace(/\/+$/, "") === other.replace(/\/+$/, "");
}
