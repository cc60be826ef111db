/** Steps by themselves: migrations on a bare project, the bot's webhook and menu button. */
import { assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "../../../supabase/functions/tests/database.ts";
import { findSources } from "../../doctor/sources.ts";
import { startBotApi } from "../../stack/bot_api.ts";
import { runSteps, StepError } from "../run_steps.ts";
import { menuButton } from "../steps/menu_button.ts";
import { migrations } from "../steps/migrations.ts";
import { webhook } from "../steps/webhook.ts";
import { createCli, type Target } from "../target.ts";

const BOT_TOKEN = "7000000001:tests-bot-token-of-thirty-five-chars";
const SECRETS = {
  TELEGRAM_BOT_TOKEN: BOT_TOKEN,
  TELEGRAM_WEBHOOK_SECRET: "webhook-secret-of-the-tests",
  MINI_APP_URL: "https://app.example.com/",
};

async function targetOf(changes: Partial<Target> & { values?: Record<string, string> }) {
  const values: Record<string, string> = {
    SUPABASE_URL: "https://ref.supabase.co",
    ...SECRETS,
    ...changes.values,
  };
  const env = (name: string) => values[name];
  const target: Target = {
    env,
    projectRef: "abcdefghijklmnopqrst",
    secrets: SECRETS,
    sources: await findSources(),
    sql: undefined as never,
    fetch,
    cli: createCli(env),
    ...changes,
  };
  return target;
}

const silent = { dryRun: false, print: () => {} };

Deno.test("migrations applies all to a bare project, and then none", async () => {
  await using bare = await cloneDatabase({ template: "template1" });
  const url = bare.url.replace("//supabase_admin@", "//postgres@");
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const target = await targetOf({ sql, values: { DATABASE_URL: url } });
    const steps = [migrations];
    const count = target.sources.migrations.length;
    assertEquals(await runSteps(target, { ...silent, steps }), count);
    assertEquals(await runSteps(target, { ...silent, steps }), 0);
    const older = { ...target.sources, migrations: target.sources.migrations.slice(1) };
    const error = await assertRejects(
      () => runSteps({ ...target, sources: older }, { ...silent, steps }),
      StepError,
      "A later commit was deployed",
    );
    assertEquals(error.step, "migrations");
  } finally {
    await sql.end();
  }
});

Deno.test("webhook and menu button are set once, and again when a secret was", async () => {
  const bot = startBotApi({ botToken: BOT_TOKEN });
  try {
    const sources = { functions: ["auth", "telegram"], migrations: [], schedules: [] };
    const target = await targetOf({ sources, values: { TELEGRAM_API_BASE_URL: bot.url } });
    const steps = [webhook, menuButton];
    assertEquals(await runSteps(target, { ...silent, dryRun: true, steps }), 2);
    assertEquals(bot.settings.webhook.url, "");
    assertEquals(await runSteps(target, { ...silent, steps }), 2);
    assertEquals(bot.settings.webhook.url, "https://ref.supabase.co/functions/v1/telegram");
    assertEquals(bot.settings.webhook.allowed_updates, ["message", "pre_checkout_query"]);
    assertEquals(bot.settings.webhookSecret, SECRETS.TELEGRAM_WEBHOOK_SECRET);
    assertEquals(await runSteps(target, { ...silent, steps }), 0);
    const plan = await webhook.plan(target, new Set(["secrets"]));
    assertEquals(plan.changes.length, 1);
  } finally {
    await bot.close();
  }
});

Deno.test("webhook tells what Telegram refuses", async () => {
  const bot = startBotApi({ botToken: BOT_TOKEN });
  try {
    const target = await targetOf({
      sources: { functions: ["telegram"], migrations: [], schedules: [] },
      secrets: { ...SECRETS, TELEGRAM_WEBHOOK_SECRET: "not allowed!" },
      values: { TELEGRAM_API_BASE_URL: bot.url },
    });
    await assertRejects(
      () => runSteps(target, { ...silent, steps: [webhook] }),
      StepError,
      "secret token contains unallowed characters",
    );
  } finally {
    await bot.close();
  }
});
