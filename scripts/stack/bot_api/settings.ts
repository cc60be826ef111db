/**
 * The part of the Bot API's stand-in that keeps what a bot is set up with: getMe, setWebhook, deleteWebhook,
 * getWebhookInfo, setChatMenuButton, getChatMenuButton. Refuses what Telegram refuses: a webhook that is not https
 * (but on this machine), a secret of other characters, an unknown kind of button.
 *
 * Leaves out: delivering updates, certificates, buttons of single chats.
 */

/** What the bot was set up with; the secret is not told by Telegram, and is here for who delivers updates. */
export interface BotSettings {
  readonly webhook: {
    url: string;
    allowed_updates?: string[];
    max_connections?: number;
    pending_update_count: number;
    last_error_date?: number;
    last_error_message?: string;
  };
  readonly webhookSecret: string | undefined;
  /** Answers a method of these, `undefined` for any other. */
  answer(method: string, body: Record<string, unknown>): Response | undefined;
  /** As after a delivery that failed. */
  failDelivery(message: string, date: number): void;
}

const SECRET = /^[A-Za-z0-9_-]{1,256}$/;

/** Makes the settings of a new bot. */
export function createBotSettings({ botToken }: { botToken: string }): BotSettings {
  let webhook: BotSettings["webhook"] = { url: "", pending_update_count: 0 };
  let webhookSecret: string | undefined;
  let menuButton: Record<string, unknown> = { type: "commands" };
  const id = Number(botToken.split(":")[0]);

  const methods: Record<string, (body: Record<string, unknown>) => Response> = {
    getMe: () => good({ id, is_bot: true, first_name: "PixelPop", username: "pixelpop_stack_bot" }),
    setWebhook(body) {
      const { url = "", secret_token: secret, allowed_updates: allowed } = body;
      if (!isWebhookUrl(String(url))) return bad("bad webhook: An HTTPS URL must be provided");
      if (secret !== undefined && !SECRET.test(String(secret))) {
        return bad("secret token contains unallowed characters");
      }
      // Left out, the kinds of updates stay as they are.
      const kept = allowed === undefined ? webhook.allowed_updates : allowed as string[];
      webhookSecret = secret === undefined ? undefined : String(secret);
      webhook = {
        url: String(url),
        pending_update_count: 0,
        max_connections: Number(body.max_connections ?? 40),
        ...(kept === undefined ? {} : { allowed_updates: kept }),
      };
      return good(true);
    },
    deleteWebhook() {
      webhook = { url: "", pending_update_count: 0 };
      webhookSecret = undefined;
      return good(true);
    },
    getWebhookInfo: () => good({ has_custom_certificate: false, ...webhook }),
    setChatMenuButton(body) {
      const button = body.menu_button as Record<string, unknown> | undefined;
      if (!["commands", "web_app", "default", undefined].includes(button?.type as string)) {
        return bad("wrong menu button type");
      }
      menuButton = button ?? { type: "commands" };
      return good(true);
    },
    getChatMenuButton: () => good(menuButton),
  };
  return {
    get webhook() {
      return webhook;
    },
    get webhookSecret() {
      return webhookSecret;
    },
    answer: (method, body) => methods[method]?.(body),
    failDelivery(message, date) {
      webhook = { ...webhook, last_error_date: date, last_error_message: message };
    },
  };
}

function isWebhookUrl(url: string): boolean {
  if (url === "") return true;
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || hostname === "127.0.0.1";
}

function good(result: unknown): Response {
  return Response.json({ ok: true, result });
}

function bad(description: string): Response {
  return Response.json({ ok: false, error_code: 400, description: `Bad Request: ${description}` }, {
    status: 400,
  });
}
