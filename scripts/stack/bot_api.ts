/**
 * Stands in for Telegram's Bot API: takes `sendPhoto` with a JSON body, as the worker sends it.
 *
 * Fetches the photo from its address as Telegram does, keeps a journal, and can be told that a chat has
 * blocked the bot or that it is too busy. Leaves out: every other method, uploads, chats and messages.
 */

/** One message that was accepted or refused. */
export interface BotRequest {
  /** ISO 8601 with milliseconds. */
  at: string;
  chat_id: number;
  photo: string;
  caption: string;
  status: number;
}

/** How the next requests fail, each spent once, in order. */
export interface BotFault {
  status: 403 | 429 | 500;
  /** Seconds, for 429. @default {1} */
  retry_after?: number;
}

/** A running stand-in. */
export interface BotApi {
  /** For `TELEGRAM_API_BASE_URL`. */
  url: string;
  requests(): BotRequest[];
  clearRequests(): void;
  faults(): BotFault[];
  /** @throws {TypeError} For anything but a list of faults. */
  setFaults(faults: BotFault[]): void;
  close(): Promise<void>;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  403: "Forbidden: bot was blocked by the user",
  429: "Too Many Requests: retry later",
  500: "Internal Server Error",
};

/** Starts the stand-in on a free port; it takes one bot's token. */
export function startBotApi({ botToken }: { botToken: string }): BotApi {
  const journal: BotRequest[] = [];
  let faults: BotFault[] = [];

  async function sendPhoto(request: Request): Promise<Response> {
    const { chat_id, photo, caption = "" } = await request.json();
    const fault = faults.shift();
    const status = fault?.status ?? await statusOf(photo);
    journal.push({ at: new Date().toISOString(), chat_id, photo, caption, status });
    if (status === 200) return Response.json({ ok: true, result: { message_id: journal.length } });
    const description = DESCRIPTIONS[status] ?? "Bad Request: wrong file identifier/HTTP URL";
    return Response.json({
      ok: false,
      error_code: status,
      description,
      ...(status === 429 ? { parameters: { retry_after: fault?.retry_after ?? 1 } } : {}),
    }, { status });
  }

  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, (request) => {
    const { pathname } = new URL(request.url);
    const isOurs = pathname === `/bot${botToken}/sendPhoto` && request.method === "POST";
    if (isOurs) return sendPhoto(request);
    const known = pathname.startsWith(`/bot${botToken}/`);
    const description = known ? "Not Found: method not found" : "Unauthorized";
    const status = known ? 404 : 401;
    return Response.json({ ok: false, error_code: status, description }, { status });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests: () => [...journal],
    clearRequests: () => void (journal.length = 0),
    faults: () => [...faults],
    setFaults(value) {
      if (!Array.isArray(value) || !value.every(isFault)) {
        throw new TypeError(
          `Bot faults must be a list of {"status": 403 | 429 | 500, "retry_after"?}: got ${
            JSON.stringify(value)
          }`,
        );
      }
      faults = [...value];
    },
    close: () => server.shutdown(),
  };
}

function isFault(value: unknown): value is BotFault {
  const { status } = (value ?? {}) as Partial<BotFault>;
  return status === 403 || status === 429 || status === 500;
}

// Telegram fetches the photo itself; one it cannot have is a bad request.
async function statusOf(photo: string): Promise<number> {
  try {
    const response = await fetch(photo);
    await response.body?.cancel();
    return response.headers.get("content-type")?.startsWith("image/") ? 200 : 400;
  } catch {
    return 400;
  }
}
