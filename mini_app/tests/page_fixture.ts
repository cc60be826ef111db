/// <reference lib="dom" />
/** A stack with its page, and phones that look at it: each a new browser context of a user of its own. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import postgres from "postgres";
import { STACK_FOLDER } from "../../scripts/stack/env_file.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { createStackPage } from "../../scripts/stack/mini_app/stack_page.ts";
import { findFlaws } from "./page_audit.ts";

/** A running stack, seen from outside. */
export interface PageFixture {
  url: string;
  sql: postgres.Sql;
  /** Asks the control door, by a line such as `PUT /cron`. */
  door(line: string, body?: unknown): Promise<void>;
  /** Lets nothing start until `release`, as when the provider asks everybody to wait. */
  hold(): Promise<{ release(): Promise<void> }>;
  /** Lets the next picture be begun and not finished until `release`; it is tried again then. */
  holdPainter(): Promise<{ release(): Promise<void> }>;
  /** Opens the page as a new user, or as one who was here before. */
  open(options?: OpenOptions): Promise<Phone>;
  stop(): Promise<void>;
}

/** How the page is opened. */
export interface OpenOptions {
  telegramId?: number;
  language?: "en" | "ru";
  /** Before anything is loaded. */
  prepare?: (context: BrowserContext) => Promise<void>;
  /** After the address's path. @default the test user's query */
  address?: string;
}

/** A phone of 360 x 740. */
export interface Phone extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  telegramId: number;
  /** GET requests for one generation, so far. */
  readsOf(id: string): number;
  /** Pictures of the screen, light and dark, into `.stack/screenshots`; each is looked through for flaws. */
  shoot(name: string): Promise<void>;
  /** Chooses a shape, quality or file by its word. */
  choose(word: string): Promise<void>;
  /** Fills the prompt in and presses the main button. */
  ask(prompt: string): Promise<void>;
  /** Waits for the first card in a state; gives its generation's id. */
  card(status: string): Promise<string>;
}

const SCREENSHOTS = join(STACK_FOLDER, "screenshots");
const PATIENCE_MS = 30_000;

let nextTelegramId = 70_000;

/** Starts a stack that paints quickly and limits nobody. */
export async function startPageFixture(browser: Browser): Promise<PageFixture> {
  const stackPage = createStackPage();
  const stack = await startStack({ port: 0, page: stackPage.serve });
  stackPage.open(stack.variables);
  const sql = postgres(stack.variables.DATABASE_URL ?? "", { max: 2, onnotice: () => {} });
  await sql`update private.settings set rate_limit_per_minute = 1000`;
  await Deno.mkdir(SCREENSHOTS, { recursive: true });

  async function door(line: string, body?: unknown): Promise<void> {
    const [method = "", path] = line.split(" ");
    const response = await fetch(`${stack.variables.STACK_CONTROL_URL}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assertEquals([response.ok, await response.text()][0], true, line);
  }
  await door("PUT /openai/latency", { ms: 100 });

  return {
    url: stack.url,
    sql,
    door,
    async hold() {
      await sql`update private.provider_state set rate_paused_until = now() + interval '75 seconds'`;
      return {
        async release() {
          await sql`update private.provider_state set rate_paused_until = null`;
          await door("POST /webhooks/repeat", { times: 1 });
        },
      };
    },
    async holdPainter() {
      await door("PUT /openai/faults", [{ hang: true }]);
      return { release: () => door("PUT /openai/faults", []) };
    },
    open(options = {}) {
      const telegramId = options.telegramId ?? nextTelegramId++;
      return openPhone(browser, { ...options, url: stack.url, telegramId });
    },
    async stop() {
      assertEquals([...await sql`select * from admin.ledger_violations`], []);
      await sql.end();
      await stack.stop();
    },
  };
}

async function openPhone(
  browser: Browser,
  { url, telegramId, language = "en", prepare, address }: OpenOptions & {
    url: string;
    telegramId: number;
  },
): Promise<Phone> {
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 1,
    locale: language === "ru" ? "ru-RU" : "en-US",
    colorScheme: "light",
    reducedMotion: "reduce",
    hasTouch: true,
    isMobile: true,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await prepare?.(context);
  const page = await context.newPage();
  const reads: string[] = [];
  const mishaps: string[] = [];
  page.on("request", (request) => {
    const [, id] = /\/functions\/v1\/generation\/([0-9a-f-]{36})/.exec(request.url()) ?? [];
    if (id !== undefined && request.method() === "GET") reads.push(id);
  });
  page.on("pageerror", (error) => mishaps.push(String(error)));
  page.on("console", (message) => {
    // What the network refuses, the browser reports; what it must not load is our mistake.
    const isOurs = message.type() === "error" && /Content.Security.Policy/i.test(message.text());
    if (isOurs) mishaps.push(message.text());
  });
  await page.goto(`${url}/${address ?? `?test_user=${telegramId}`}`);

  return {
    page,
    context,
    telegramId,
    readsOf: (id) => reads.filter((read) => read === id).length,
    async shoot(name) {
      await page.evaluate(() => document.fonts.ready);
      for (const theme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: theme });
        const path = join(SCREENSHOTS, `${name}_${theme}.png`);
        await page.screenshot({ path, animations: "disabled" });
        assertEquals(await page.evaluate(findFlaws), [], `${name}, ${theme}`);
        // Without a pointer or a focus: what is shot is as it was.
        await page.evaluate(() => document.querySelector<HTMLElement>("[data-theme]")?.click());
      }
    },
    async choose(word) {
      await page.locator(".segments label", { hasText: word }).click();
    },
    async ask(prompt) {
      await page.getByLabel(/What should it show|Что нарисовать/).fill(prompt);
      await page.locator(".main-button").click();
    },
    async card(status) {
      const card = page.locator(`article[data-status="${status}"]`).first();
      await card.waitFor();
      return await card.getAttribute("data-id") ?? "";
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      assertEquals(mishaps, []);
    },
  };
}
