/** Sends finished pictures to those who did not come back for them. */
import type { RpcClient } from "../_shared/db/rpc.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { BotApi } from "../_shared/telegram/bot_api.ts";

/** One message that is due. */
interface DueMessage {
  generation_id: string;
  chat_id: number;
  photo: string;
  language_code: string | null;
}

const BATCH = 20;

/** The caption, in the user's language where there is one. */
const CAPTIONS: Readonly<Record<string, string>> = {
  en: "Your picture is ready",
  ru: "Ваша картинка готова",
};

/** Sends what is due, one after another, until nothing is. Never throws. */
export async function sendBotMessages(
  { db, botApi, log }: { db: RpcClient; botApi: BotApi; log: Pick<Logger, "info" | "warn"> },
): Promise<void> {
  try {
    while (true) {
      const due = await db.rpc<DueMessage[]>("claim_bot_messages", { quantity: BATCH });
      let limited = false;
      for (const message of due) limited = await send(message, { db, botApi, log }) || limited;
      if (limited || due.length < BATCH) return;
    }
  } catch (error) {
    log.warn("bot_messages_not_sent", { error });
  }
}

/** Sends one; gives whether the Bot API asked to wait. */
async function send(
  message: DueMessage,
  { db, botApi, log }: { db: RpcClient; botApi: BotApi; log: Pick<Logger, "info" | "warn"> },
): Promise<boolean> {
  const { generation_id } = message;
  const outcome = await botApi.sendPhoto({
    chatId: message.chat_id,
    photo: message.photo,
    caption: CAPTIONS[message.language_code?.slice(0, 2) ?? ""] ?? CAPTIONS.en ?? "",
  });
  log.info("bot_message", { generation_id, outcome: outcome.kind });
  await db.rpc("settle_bot_message", {
    generation_id,
    outcome: outcome.kind === "limited" ? null : outcome.kind,
    retry_after_seconds: outcome.kind === "limited" ? outcome.retryAfterSeconds : null,
  });
  return outcome.kind === "limited";
}
