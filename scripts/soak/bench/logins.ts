/** Logs users in as a Mini App does: by `initData` that Telegram would have signed. */
import { signInitData } from "../../demo/sign_init_data.ts";
import type { BenchStack } from "./bench_stack.ts";
import type { BenchUser } from "./users.ts";

/** Logs one user in, from an address of the user's own. @throws {Error} When the login is refused. */
export async function logIn(
  { url, variables }: Pick<BenchStack, "url" | "variables">,
  { telegramId }: { telegramId: number },
): Promise<BenchUser> {
  const initData = await signInitData({
    botToken: variables.TELEGRAM_BOT_TOKEN ?? "",
    user: { id: telegramId, first_name: "Bench" },
  });
  const octets = [16, 8, 0].map((shift) => (telegramId >> shift) & 255);
  const response = await fetch(`${url}/functions/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": `10.${octets.join(".")}` },
    body: JSON.stringify({ initData }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`A login was refused: ${response.status} "${answer.code}"`);
  return { id: answer.user.id, token: answer.access_token };
}
