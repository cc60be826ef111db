/** The methods of Telegram's Bot API that bring a picture to a chat: sendPhoto, sendDocument, sendMessage. */

/** A message for a chat, by an address Telegram fetches it from, or in words. */
export type ChatMessage = FileMessage | TextMessage;

/** A file, with a caption. */
interface FileMessage {
  method: "sendPhoto" | "sendDocument";
  chatId: number;
  text: string;
  address: string;
}

/** Words, with a button that opens the Mini App. */
interface TextMessage {
  method: "sendMessage";
  chatId: number;
  text: string;
  /** Without it there is no button. */
  appUrl: string | undefined;
  button: string;
}

/**
 * What became of it.
 *
 * - `limited`: not sent, and may be tried again after `retryAfterSeconds`
 * - `unavailable`: Telegram did not answer: the same may succeed later
 * - `unfetched`: Telegram could not fetch the address, or not as this kind of file; the same may succeed later
 * - `refused`: this method takes no such file
 */
export type SendOutcome =
  | { kind: "sent" }
  | { kind: "blocked" }
  | { kind: "limited"; retryAfterSeconds: number }
  | { kind: "unavailable" | "unfetched"; reason: string }
  | { kind: "refused"; reason: string };

/** Sends messages. */
export interface BotApi {
  /** Sends one, with one request. Never throws. */
  send(message: ChatMessage): Promise<SendOutcome>;
}

/** How the Bot API is reached. */
export interface BotApiOptions {
  botToken: string;
  /** @default {"https://api.telegram.org"} */
  baseUrl?: string | undefined;
  fetch: typeof fetch;
  /** @default {15000} */
  timeoutMs?: number;
}

/** Answers of the Bot API that say: this user wants nothing from this bot. */
const BLOCKED =
  /blocked by the user|user is deactivated|chat not found|can't initiate conversation/i;
/** Said of an address that does not answer, and of a file that is too large. */
const NOT_FETCHED = /failed to get HTTP URL content/i;

/**
 * Makes a client.
 *
 * Source: "Sending files" and "Making requests" in Telegram's documentation of the Bot API: by address a
 * photo has 5 MB at most, any other file 20 MB. The token is a part of the address, so no message of a
 * failure carries the address.
 */
export function createBotApi(options: BotApiOptions): BotApi {
  const { botToken, baseUrl = "https://api.telegram.org", fetch, timeoutMs = 15_000 } = options;

  async function send(message: ChatMessage): Promise<SendOutcome> {
    const response = await fetch(`${baseUrl}/bot${botToken}/${message.method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(bodyOf(message)),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = await response.json().catch(() => ({})) as {
      description?: string;
      parameters?: { retry_after?: number };
    };
    if (response.ok) return { kind: "sent" };
    const reason = `${response.status} ${answer.description ?? ""}`.trim().slice(0, 200);
    if (response.status === 429) {
      return { kind: "limited", retryAfterSeconds: answer.parameters?.retry_after ?? 30 };
    }
    if (response.status === 403 || BLOCKED.test(reason)) return { kind: "blocked" };
    if (NOT_FETCHED.test(reason)) return { kind: "unfetched", reason };
    return { kind: response.status >= 500 ? "unavailable" : "refused", reason };
  }

  return {
    send: (message) =>
      send(message).catch((error: unknown) => ({
        kind: "unavailable" as const,
        reason: error instanceof Error ? error.name : "unknown",
      })),
  };
}

function bodyOf(message: ChatMessage): Record<string, unknown> {
  const { method, chatId, text } = message;
  if (method === "sendPhoto") return { "chat_id": chatId, photo: message.address, caption: text };
  if (method === "sendDocument") {
    return { "chat_id": chatId, document: message.address, caption: text };
  }
  const { appUrl, button } = message as TextMessage;
  return {
    "chat_id": chatId,
    text,
    ...(appUrl === undefined ? {} : {
      "reply_markup": { "inline_keyboard": [[{ text: button, "web_app": { url: appUrl } }]] },
    }),
  };
}
