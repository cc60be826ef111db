/** Sends finished pictures to users who did not come back for them. */
import type { RpcClient } from "../_shared/db/rpc.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { BotApi, SendOutcome } from "../_shared/telegram/bot_api.ts";

/** One message that is due. */
interface DueMessage {
  generation_id: string;
  chat_id: number;
  photo: string;
  language_code: string | null;
  /** Times that Telegram, or the picture's address, did not answer. */
  tries: number;
}

/** What sending works with. */
export interface SendBotMessagesDeps {
  db: RpcClient;
  botApi: BotApi;
  /** Address of the Mini App, for the button of a message in words. */
  appUrl: string | undefined;
  log: Pick<Logger, "info" | "warn">;
}

const BATCH = 20;
/** After so many tries the picture is announced in words. */
const MAX_TRIES = 5;
/** The first wait before another try, doubled each time. */
const RETRY_SECONDS = 30;

/** Outcomes after which the same may succeed later. */
const MAY_PASS = new Set<SendOutcome["kind"]>(["unavailable", "unfetched"]);

const ENGLISH = { text: "Your picture is ready", button: "Open" };
/** In the user's language where there is one. */
const WORDS: Readonly<Record<string, typeof ENGLISH>> = {
  en: ENGLISH,
  ru: { text: "Ваша картинка готова", button: "Открыть" },
};

/** Sends what is due, one after another, until nothing is. Never throws. */
export async function sendBotMessages(deps: SendBotMessagesDeps): Promise<void> {
  try {
    while (true) {
      const due = await deps.db.rpc<DueMessage[]>("claim_bot_messages", { quantity: BATCH });
      let limited = false;
      for (const message of due) limited = await settle(message, deps) || limited;
      if (limited || due.length < BATCH) return;
    }
  } catch (error) {
    deps.log.warn("bot_messages_not_sent", { error });
  }
}

/** Sends one and notes what became of it; gives whether the Bot API asked to wait. */
async function settle(message: DueMessage, deps: SendBotMessagesDeps): Promise<boolean> {
  const { generation_id, tries } = message;
  const outcome = await deliver(message, deps);
  const { kind } = outcome;
  deps.log.info("bot_message", { generation_id, outcome: kind, tries });
  const retryAfterSeconds = kind === "limited"
    ? outcome.retryAfterSeconds
    : MAY_PASS.has(kind) && tries < MAX_TRIES
    ? RETRY_SECONDS * 2 ** tries
    : null;
  await deps.db.rpc("settle_bot_message", {
    generation_id,
    outcome: kind === "refused" || MAY_PASS.has(kind) ? "failed" : kind,
    retry_after_seconds: retryAfterSeconds,
  });
  return kind === "limited";
}

/** As a photo; where Telegram takes none such, as a document, then in words. */
async function deliver(
  { chat_id: chatId, photo: address, language_code, tries }: DueMessage,
  { botApi, appUrl }: SendBotMessagesDeps,
): Promise<SendOutcome> {
  const { text, button } = WORDS[language_code?.slice(0, 2) ?? ""] ?? ENGLISH;
  if (tries < MAX_TRIES) {
    const photo = await botApi.send({ method: "sendPhoto", chatId, text, address });
    if (photo.kind !== "refused" && photo.kind !== "unfetched") return photo;
    const document = await botApi.send({ method: "sendDocument", chatId, text, address });
    if (document.kind !== "refused") return document;
  }
  return await botApi.send({ method: "sendMessage", chatId, text, appUrl, button });
}
