/** The one method of Telegram's Bot API that is used: sendPhoto. */

/** A photo for a chat. */
export interface PhotoMessage {
  chatId: number;
  /** Address Telegram fetches the photo from. */
  photo: string;
  caption: string;
}

/** What became of it. `limited`: not sent, and may be tried again after `retryAfterSeconds`. */
export type SendOutcome =
  | { kind: "sent" }
  | { kind: "blocked" }
  | { kind: "limited"; retryAfterSeconds: number }
  | { kind: "failed"; reason: string };

/** Sends photos. */
export interface BotApi {
  /** Sends one photo, with one request. Never throws. */
  sendPhoto(message: PhotoMessage): Promise<SendOutcome>;
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

/**
 * Makes a client.
 *
 * Source: "sendPhoto" and "Making requests" in Telegram's documentation of the Bot API. The token is a
 * part of the address, so no message of a failure carries the address.
 */
export function createBotApi(options: BotApiOptions): BotApi {
  const { botToken, baseUrl = "https://api.telegram.org", fetch, timeoutMs = 15_000 } = options;

  async function post(message: PhotoMessage): Promise<SendOutcome> {
    const response = await fetch(`${baseUrl}/bot${botToken}/sendPhoto`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        "chat_id": message.chatId,
        photo: message.photo,
        caption: message.caption,
      }),
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
    return { kind: "failed", reason };
  }

  return {
    sendPhoto: (message) =>
      post(message).catch((error: unknown) => ({
        kind: "failed" as const,
        reason: error instanceof Error ? error.name : "unknown",
      })),
  };
}
