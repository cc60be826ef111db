/** Lets the bot's menu button open the Mini App. */
import { askBot, sameAddress } from "../../doctor/telegram.ts";
import { NOTHING, type Step } from "../step.ts";

/** See the head of this file. */
export const menuButton: Step = {
  name: "menu_button",
  async plan(target) {
    const url = target.secrets.MINI_APP_URL;
    if (url === undefined) return NOTHING;
    const current = await askBot<{ type: string; web_app?: { url: string } }>(
      target,
      "getChatMenuButton",
    );
    if (!current.ok) throw new Error(`Telegram refuses getChatMenuButton: ${current.description}`);
    if (sameAddress(current.result?.web_app?.url, url)) return NOTHING;
    return {
      changes: [`let the menu button open ${url}`],
      async apply() {
        const button = { type: "web_app", text: "PixelPop", "web_app": { url } };
        const answer = await askBot(target, "setChatMenuButton", { "menu_button": button });
        if (!answer.ok) {
          throw new Error(`Telegram refuses setChatMenuButton: ${answer.description}`);
        }
      },
    };
  },
};
