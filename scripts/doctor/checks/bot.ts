/** The bot's token is good. */
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";
import { askBot } from "../telegram.ts";

/** See the head of this file. */
export const bot: Check = {
  name: "bot",
  needs: ["TELEGRAM_BOT_TOKEN"],
  cure: "Is TELEGRAM_API_BASE_URL right, and Telegram reachable from here?",
  async run(deployment) {
    const { ok: isKnown, result, description } = await askBot<{ username?: string }>(
      deployment,
      "getMe",
    );
    if (isKnown) return [ok(`the bot is @${result?.username}`)];
    return [wrong(
      `Telegram does not know the bot of TELEGRAM_BOT_TOKEN: ${description}`,
      "Copy the token from BotFather (/mybots → API Token), then supabase secrets set: with a wrong one nobody can log in",
    )];
  },
};
