/** The bot's menu button opens the Mini App. */
import type { Check } from "../check.ts";
import { ok, warning } from "../finding.ts";
import { askBot, sameAddress } from "../telegram.ts";

/** See the head of this file. */
export const menuButton: Check = {
  name: "menu_button",
  needs: ["TELEGRAM_BOT_TOKEN"],
  cure: "See the check bot",
  async run(deployment) {
    const wanted = deployment.env("MINI_APP_URL");
    if (!wanted) return [ok("MINI_APP_URL is not set: no button is expected")];
    const { result, description } = await askBot<{ type: string; web_app?: { url: string } }>(
      deployment,
      "getChatMenuButton",
    );
    const current = result?.web_app?.url ?? result?.type ?? description;
    if (result?.type === "web_app" && sameAddress(result.web_app?.url, wanted)) {
      return [ok("the menu button opens the Mini App")];
    }
    return [warning(
      `The menu button is ${current}, wanted ${wanted}`,
      "deno task deploy sets it; or BotFather, /setmenubutton",
    )];
  },
};
