/** Sends the bot's updates to the function telegram. */
import { ALLOWED_UPDATES, askBot, WEBHOOK_FUNCTION } from "../../doctor/telegram.ts";
import { NOTHING, type Step } from "../step.ts";

/** See the head of this file. */
export const webhook: Step = {
  name: "webhook",
  async plan(target, before) {
    const { secrets, sources } = target;
    if (!sources.functions.includes(WEBHOOK_FUNCTION)) return NOTHING;
    const wanted = {
      url: `${target.env("SUPABASE_URL")?.replace(/\/+$/, "")}/functions/v1/${WEBHOOK_FUNCTION}`,
      "secret_token": secrets.TELEGRAM_WEBHOOK_SECRET,
      "allowed_updates": ALLOWED_UPDATES,
    };
    const info = await askBot<{ url: string; allowed_updates?: string[] }>(
      target,
      "getWebhookInfo",
    );
    if (!info.ok) throw new Error(`Telegram refuses getWebhookInfo: ${info.description}`);
    const allowed = info.result?.allowed_updates ?? [];
    // Telegram does not tell the secret: it is set anew whenever a secret was.
    const isSame = info.result?.url === wanted.url && !before.has("secrets") &&
      ALLOWED_UPDATES.every((kind) => allowed.includes(kind));
    if (isSame) return NOTHING;
    return {
      changes: [`set webhook of the bot to ${wanted.url}`],
      async apply() {
        const answer = await askBot(target, "setWebhook", wanted);
        if (!answer.ok) throw new Error(`Telegram refuses setWebhook: ${answer.description}`);
      },
    };
  },
};
