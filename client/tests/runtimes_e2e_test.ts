// Unmodified supabase-js from npm, in every runtime it is used in: the same watch passes in each.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Browser } from "playwright-core";
import postgres from "postgres";
import { cloneDatabase, type ClonedDatabase } from "../../supabase/functions/tests/database.ts";
import { required } from "../../supabase/functions/tests/required.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { signInitData } from "../../scripts/demo/sign_init_data.ts";
import { findChromium, startBrowser } from "../../scripts/test/browser.ts";
import {
  bundleWatchRun,
  createChromiumRunner,
  createNodeRunner,
  findNode,
  runInDeno,
  type Runner,
} from "./runtimes.ts";
import type { WatchReport } from "./watch_run.ts";

const node = await findNode();
const chromium = await findChromium();
let database: ClonedDatabase;
let stack: Stack;
let browser: Browser | undefined;
let bundle: Promise<string> | undefined;
let nextTelegramId = 80_000;

Deno.test.beforeAll(async () => {
  database = await cloneDatabase();
  if (chromium !== undefined) browser = await startBrowser(chromium);
  stack = await startStack({ port: 0, databaseUrl: database.url });
});
Deno.test.afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await database?.[Symbol.asyncDispose]();
});

// The browser's pipes are open before a test and after it.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

Deno.test("runWatch() passes in Deno", async () => {
  const { userAgent } = await run(runInDeno);
  assertMatch(required(userAgent), /^Deno/);
});

Deno.test({
  name: "runWatch() passes in Node.js",
  ignore: node === undefined,
  async fn() {
    bundle ??= bundleWatchRun();
    const { userAgent } = await run(createNodeRunner(await bundle, required(node)));
    assertMatch(userAgent ?? "Node.js", /^Node\.js/);
  },
  ...sanitize,
});

Deno.test({
  name: "runWatch() passes in Chromium",
  ignore: chromium === undefined,
  async fn() {
    bundle ??= bundleWatchRun();
    const { userAgent } = await run(createChromiumRunner(await bundle, required(browser)));
    assertMatch(required(userAgent), /Chrome/);
  },
  ...sanitize,
});

/** Runs it as a new user, and compares what was shown last with the row. */
async function run(runner: Runner): Promise<WatchReport> {
  const { TELEGRAM_BOT_TOKEN: botToken = "", DATABASE_URL = "" } = stack.variables;
  const user = { id: nextTelegramId++, first_name: "Ada" };
  const report = await runner({
    supabaseUrl: stack.url,
    publishableKey: stack.variables.SUPABASE_PUBLISHABLE_KEY ?? "",
    initData: await signInitData({ botToken, user }),
  });
  const sql = postgres(DATABASE_URL, { max: 1, onnotice: () => {} });
  const [row] = await sql`
    select status, version::integer as version, public_url
    from public.generations where id = ${report.id}`;
  await sql.end();
  const { status, version, public_url } = required(report.shown.at(-1));
  assertEquals({ status, version, public_url }, { ...required(row) } as unknown);
  assert(report.shown.length > 1);
  return report;
}
