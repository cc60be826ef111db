/**
 * Stands in for Telegram's Bot API: takes `sendPhoto`, `sendDocument` and `sendMessage` with JSON bodies, as the
 * worker sends them; what a bot is set up with is in `bot_api/settings.ts`.
 *
 * Fetches a file from its address as Telegram does, up to Telegram's sizes (a photo 5 MB, a document 20 MB), keeps a
 * journal, and can be told that a chat has blocked the bot or that it is too busy. Leaves out: every other
 * method, uploads, chats and messages.
 */

import { type BotSettings, createBotSettings } from "./bot_api/settings.ts";

/** One message that was accepted or refused. */
export interface BotRequest {
  /** ISO 8601 with milliseconds. */
  at: string;
  method: string;
  chat_id: number;
  /** Address of the photo or the document. */
  photo?: string;
  document?: string;
  caption?: string;
  text?: string;
  reply_markup?: unknown;
  status: number;
}

/** How the next requests fail, each spent once, in order. */
export interface BotFault {
  status: 400 | 403 | 429 | 500;
  /** Seconds, for 429. @default {1} */
  retry_after?: number;
  /** What the answer says; default: as Telegram words it. */
  description?: string;
}

/** A running stand-in. */
export interface BotApi {
  /** For `TELEGRAM_API_BASE_URL`. */
  url: string;
  /** What the bot is set up with: webhook, menu button. */
  settings: BotSettings;
  requests(): BotRequest[];
  clearRequests(): void;
  faults(): BotFault[];
  /** @throws {TypeError} For anything but a list of faults. */
  setFaults(faults: BotFault[]): void;
  close(): Promise<void>;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: "Bad Request: failed to get HTTP URL content",
  403: "Forbidden: bot was blocked by the user",
  429: "Too Many Requests: retry later",
  500: "Internal Server Error",
};
/** By address, in bytes. */
const MAX_BYTES = { photo: 5_000_000, document: 20_000_000 } as const;
const METHODS = ["sendPhoto", "sendDocument", "sendMessage"];

/** Starts the stand-in on a free port; it takes one bot's token. */
export function startBotApi({ botToken }: { botToken: string }): BotApi {
  const journal: BotRequest[] = [];
  const settings = createBotSettings({ botToken });
  let faults: BotFault[] = [];

  async function receive(method: string, request: Request): Promise<Response> {
    const body = await request.json();
    const fault = faults.shift();
    const status = fault?.status ?? await statusOf(body);
    journal.push({ at: new Date().toISOString(), method, ...body, status });
    if (status === 200) return Response.json({ ok: true, result: { message_id: journal.length } });
    return Response.json({
      ok: false,
      error_code: status,
      description: fault?.description ?? DESCRIPTIONS[status],
      ...(status === 429 ? { parameters: { retry_after: fault?.retry_after ?? 1 } } : {}),
    }, { status });
  }

  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    const { pathname } = new URL(request.url);
    const [, bot = "", method = ""] = pathname.split("/");
    const known = bot === `bot${botToken}`;
    if (known && METHODS.includes(method) && request.method === "POST") {
      return await receive(method, request);
    }
    const set = known && settings.answer(method, await request.json().catch(() => ({})));
    if (set) return set;
    const description = known ? "Not Found: method not found" : "Unauthorized";
    const status = known ? 404 : 401;
    return Response.json({ ok: false, error_code: status, description }, { status });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    settings,
    requests: () => [...journal],
    clearRequests: () => void (journal.length = 0),
    faults: () => [...faults],
    setFaults(value) {
      if (!Array.isArray(value) || !value.every(isFault)) {
        throw new TypeError(
          'Bot faults must be a list of {"status": 400 | 403 | 429 | 500, "retry_after"?, "description"?}: ' +
            `got ${JSON.stringify(value)}`,
        );
      }
      faults = [...value];
    },
    close: () => server.shutdown(),
  };
}

function isFault(value: unknown): value is BotFault {
  const { status } = (value ?? {}) as Partial<BotFault>;
  return [400, 403, 429, 500].includes(status ?? 0);
}

// Telegram fetches a file itself; one it cannot have, or that is too large, is a bad request.
async function statusOf(
  { photo, document }: { photo?: string; document?: string },
): Promise<number> {
  const address = photo ?? document;
  if (address === undefined) return 200;
  try {
    const response = await fetch(address);
    const { length } = await response.bytes();
    const limit = photo === undefined ? MAX_BYTES.document : MAX_BYTES.photo;
    const isImage = response.headers.get("content-type")?.startsWith("image/");
    return response.ok && isImage && length <= limit ? 200 : 400;
  } catch {
    return 400;
  }
}
