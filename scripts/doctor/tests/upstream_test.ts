/** Faults of settings and of the services around, each on purpose; the services are answers to `fetch`. */
import { assertEquals } from "@std/assert";
import type { Check } from "../check.ts";
import { bot } from "../checks/bot.ts";
import { clocks } from "../checks/clocks.ts";
import { functions } from "../checks/functions.ts";
import { menuButton } from "../checks/menu_button.ts";
import { provider } from "../checks/provider.ts";
import { redis } from "../checks/redis.ts";
import { settings } from "../checks/settings.ts";
import { webhook } from "../checks/webhook.ts";
import { HEALTHY, NOW, serve, type Services, SETTINGS } from "./services.ts";
import {
  assertFound,
  assertHealthy,
  type Changes,
  deploymentOf,
  type Expected,
  findingsOf,
} from "./fixture.ts";

interface Fault extends Expected {
  name: string;
  check: Check;
  changes?: Changes;
  services?: Partial<Services>;
}

const FAULTS: Fault[] = [
  {
    name: "a secret that is too short",
    check: settings,
    changes: { env: { WORKER_SECRET: "short" } },
    level: "wrong",
    text: /^WORKER_SECRET is \(hidden\), wanted a secret of at least 16 characters/,
    cure: /supabase secrets set/,
  },
  {
    name: "a setting of one function that is missing",
    check: settings,
    changes: { env: { OPENAI_API_KEY: undefined } },
    level: "wrong",
    text: /^OPENAI_API_KEY is not set/,
    cure: /supabase secrets set/,
  },
  {
    name: "the example's secret on a project of the public's",
    check: settings,
    changes: { env: { JWT_SECRET: "super-secret-jwt-token-with-at-least-32-characters-long" } },
    level: "wrong",
    text: /JWT_SECRET is the example's/,
    cure: /env file/,
  },
  {
    name: "a function that is not deployed",
    check: functions,
    changes: { functions: ["auth", "uploads"] },
    services: { status: { "/functions/v1/uploads/doctor/asks": 404 } },
    level: "wrong",
    text: /uploads is not deployed/,
    cure: /^supabase functions deploy uploads$/,
  },
  {
    name: "a function that does not start",
    check: functions,
    services: { status: { "/functions/v1/worker/doctor/asks": 503 } },
    level: "wrong",
    text: /worker does not start \(503\)/,
    cure: /check settings/,
  },
  {
    name: "a function behind the gateway's own check",
    check: functions,
    services: { status: { "/functions/v1/auth/doctor/asks": 401 } },
    level: "wrong",
    text: /asks for a JWT before auth/,
    cure: /verify_jwt = false/,
  },
  {
    name: "a key the provider refuses",
    check: provider,
    services: { status: { "api.openai.com": 401 } },
    level: "wrong",
    text: /answer is 401/,
    cure: /OPENAI_API_KEY/,
  },
  {
    name: "a model the provider does not have",
    check: provider,
    changes: { env: { OPENAI_IMAGE_MODELS: "first,third" } },
    level: "wrong",
    text: /does not have the model third/,
    cure: /OPENAI_IMAGE_MODELS/,
  },
  {
    name: "a model that ends soon",
    check: provider,
    services: { models: [{ id: "first", shutdown_date: "2026-12-01" }, { id: "second" }] },
    level: "warning",
    text: /first ends on 2026-12-01, in 4 days/,
    cure: /OPENAI_IMAGE_MODELS/,
  },
  {
    name: "no model that is left",
    check: provider,
    services: { models: [{ id: "first", shutdown_date: "2026-11-01" }] },
    level: "wrong",
    text: /None of OPENAI_IMAGE_MODELS/,
    cure: /OPENAI_IMAGE_MODELS/,
  },
  {
    name: "a token Redis refuses",
    check: redis,
    services: { status: { "redis.example.com": 401 } },
    level: "wrong",
    text: /refuses UPSTASH_REDIS_REST_TOKEN/,
    cure: /REST token/,
  },
  {
    name: "half of the settings of Redis",
    check: redis,
    changes: { env: { UPSTASH_REDIS_REST_TOKEN: undefined } },
    level: "wrong",
    text: /UPSTASH_REDIS_REST_TOKEN is not set/,
    cure: /without both variables/,
  },
  {
    name: "a Redis that is far away",
    check: redis,
    // Each look at the clock is 80 ms after the last one.
    changes: { now: ((at) => () => at += 80)(NOW) },
    level: "warning",
    text: /takes 80 ms/,
    cure: /project's region/,
  },
  {
    name: "a Redis that forgets",
    check: redis,
    services: { redis: { ...HEALTHY.redis, CONFIG: ["maxmemory-policy", "allkeys-lru"] } },
    level: "warning",
    text: /allkeys-lru/,
    cure: /Turn eviction off/,
  },
  {
    name: "a bot Telegram does not know",
    check: bot,
    services: { status: { "api.telegram.org": 401 } },
    level: "wrong",
    text: /does not know the bot/,
    cure: /BotFather/,
  },
  {
    name: "a webhook that is not set",
    check: webhook,
    services: { webhook: { ...HEALTHY.webhook, url: "" } },
    level: "wrong",
    text: /The webhook is not set/,
    cure: /deno task deploy/,
  },
  {
    name: "a webhook of somebody else",
    check: webhook,
    services: { webhook: { ...HEALTHY.webhook, url: "https://other.example.com/hook" } },
    level: "wrong",
    text: /other\.example\.com\/hook, wanted https:\/\/ref\.supabase\.co/,
    cure: /deno task deploy/,
  },
  {
    name: "updates that are not sent",
    check: webhook,
    services: { webhook: { ...HEALTHY.webhook, allowed_updates: ["message"] } },
    level: "wrong",
    text: /does not send updates of pre_checkout_query/,
    cure: /deno task deploy/,
  },
  {
    name: "deliveries that failed lately",
    check: webhook,
    services: {
      webhook: {
        ...HEALTHY.webhook,
        last_error_date: NOW / 1000 - 600,
        last_error_message: "Wrong response from the webhook: 500",
      },
    },
    level: "warning",
    text: /10 min ago: Wrong response from the webhook: 500/,
    cure: /log of the function telegram/,
  },
  {
    name: "a webhook secret the function refuses",
    check: webhook,
    services: { status: { "/functions/v1/telegram": 401 } },
    level: "wrong",
    text: /refuses TELEGRAM_WEBHOOK_SECRET/,
    cure: /deno task deploy/,
  },
  {
    name: "a menu button that opens something else",
    check: menuButton,
    services: { menuButton: { type: "commands" } },
    level: "warning",
    text: /menu button is commands/,
    cure: /setmenubutton/,
  },
  {
    name: "a party whose clock is off",
    check: clocks,
    services: {
      date: { "api.openai.com": "Fri, 27 Nov 2026 12:02:00 GMT" },
    },
    level: "wrong",
    text: /differ from this machine's: provider 120 s/,
    cure: /that party's clock/,
  },
  {
    name: "this machine's own clock",
    check: clocks,
    changes: { now: () => NOW - 3_600_000 },
    level: "wrong",
    text: /functions 3600 s/,
    cure: /Set this machine's clock/,
  },
];

function deploymentWith({ changes, services }: Pick<Fault, "changes" | "services">) {
  const functions = ["auth", "generation", "worker", "telegram"];
  const defaults = { now: () => NOW, fetch: serve(services ?? {}), functions };
  return deploymentOf(SETTINGS, { ...defaults, ...changes });
}

/** Of settings the functions of this checkout are asked. */
const ownFunctions = (check: Check) => check === settings ? ["auth", "generation", "worker"] : null;

for (const { name, check, changes, services, ...expected } of FAULTS) {
  Deno.test(`doctor finds by ${check.name}: ${name}`, async () => {
    const functions = ownFunctions(check);
    const deployment = await deploymentWith({
      changes: { ...(functions && { functions }), ...changes },
      ...(services && { services }),
    });
    assertFound(await findingsOf(check, deployment), expected);
  });
}

for (const check of new Set(FAULTS.map(({ check }) => check))) {
  Deno.test(`doctor has nothing to say by ${check.name} when all is well`, async () => {
    const functions = ownFunctions(check);
    const changes = { ...(functions && { functions }) };
    assertHealthy(await findingsOf(check, await deploymentWith({ changes })));
  });
}

Deno.test("doctor tells what it did not check for want of a setting", async () => {
  const deployment = await deploymentWith({ changes: { env: { OPENAI_API_KEY: undefined } } });
  const [finding] = await findingsOf(provider, deployment);
  assertEquals([finding?.level, finding?.text], [
    "skipped",
    "Not checked: OPENAI_API_KEY not set",
  ]);
});
