/** The services around a hosted project, as answers to `fetch`: Redis, the provider, Telegram, the gateway. */

/** The day of the tests. */
export const NOW = Date.parse("2026-11-27T12:00:00Z");
const WEBHOOK_URL = "https://ref.supabase.co/functions/v1/telegram";
/** Settings of a hosted project. */
export const SETTINGS = {
  SUPABASE_URL: "https://ref.supabase.co",
  SUPABASE_SECRET_KEY: "sb_secret_0123456789abcdefghij",
  JWT_SECRET: "a-secret-of-the-tests-with-32-characters",
  TELEGRAM_BOT_TOKEN: "7000000001:tests-bot-token-of-thirty-five-chars",
  TELEGRAM_WEBHOOK_SECRET: "webhook-secret-of-the-tests",
  MINI_APP_URL: "https://app.example.com/",
  WORKER_SECRET: "worker-secret-of-the-tests",
  OPENAI_API_KEY: "sk-tests-0123456789",
  OPENAI_IMAGE_MODELS: "first,second",
  AWS_ACCESS_KEY_ID: "AKIATESTS",
  AWS_SECRET_ACCESS_KEY: "tests",
  UPSTASH_REDIS_REST_URL: "https://redis.example.com",
  UPSTASH_REDIS_REST_TOKEN: "token-of-the-tests",
};

/** What the services say. */
export interface Services {
  /** Statuses by host or path; others answer 200. */
  status: Record<string, number>;
  models: unknown[];
  /** Results by command. */
  redis: Record<string, unknown>;
  webhook: Record<string, unknown>;
  menuButton: unknown;
  /** Clocks by host; others have NOW. */
  date: Record<string, string>;
}

/** When all is well. */
export const HEALTHY: Services = {
  status: {},
  models: [{ id: "first" }, { id: "second", shutdown_date: "2028-01-01" }],
  redis: { PING: "PONG", CONFIG: ["maxmemory-policy", "noeviction"] },
  webhook: { url: WEBHOOK_URL, allowed_updates: ["message", "pre_checkout_query"] },
  menuButton: { type: "web_app", web_app: { url: "https://app.example.com" } },
  date: {},
};

/** Answers as the services do, with what a test makes wrong of them. */
export function serve(changes: Partial<Services>): typeof fetch {
  const it = { ...HEALTHY, ...changes };
  return (input, init) => {
    const { hostname, pathname } = new URL(String(input));
    const headers = {
      date: it.date[hostname] ?? new Date(NOW).toUTCString(),
      "x-request-id": "1",
    };
    const status = it.status[hostname] ?? it.status[pathname];
    if (status !== undefined) {
      const { date } = headers;
      return Promise.resolve(Response.json({ ok: false, description: "refused" }, {
        status,
        headers: { date },
      }));
    }
    const method = pathname.split("/").at(-1) ?? "";
    const bodies: Record<string, unknown> = {
      models: { data: it.models },
      getMe: { ok: true, result: { username: "pixelpop_bot" } },
      getWebhookInfo: { ok: true, result: it.webhook },
      getChatMenuButton: { ok: true, result: it.menuButton },
    };
    const command = hostname === "redis.example.com" ? JSON.parse(String(init?.body))[0] : "";
    const body = bodies[method] ?? { result: it.redis[command] };
    return Promise.resolve(Response.json(body, { headers }));
  };
}
