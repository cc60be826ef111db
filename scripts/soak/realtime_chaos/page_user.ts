/// <reference lib="dom" />
/** A person with the page in Chromium: presses its button, and looks at the card until it is final. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { pause } from "../insist.ts";
import type { GenerationErrorCode, GenerationStatus } from "@pixelpop/client";
import { en } from "../../../mini_app/words_en.ts";
import type { Arena } from "./arena.ts";
import { type CardLog, noteCards, readCardLog } from "./card_log.ts";
import { SETTLE_MS, type WatchOptions } from "./client_user.ts";
import type { Plan } from "./plan.ts";
import { createTokenShortener } from "./short_tokens.ts";
import { readIdOf, type Shown, type Sighting } from "./sighting.ts";

/** A sighting, with the times of its picture. */
export interface PageSighting extends Sighting {
  pictureAt?: number | undefined;
  loadedAt?: number | undefined;
}

const PATIENCE_MS = 90_000;
const FINAL = ["COMPLETED", "FAILED", "CANCELLED"].map((status) => `[data-status="${status}"]`);

/** Opens the page as a new person and watches what is planned there, one after another. */
export async function watchByPage(
  arena: Arena,
  plans: readonly Plan[],
  options: WatchOptions & { browser: Browser },
): Promise<PageSighting[]> {
  const context = await options.browser.newContext({
    viewport: { width: 360, height: 740 },
    locale: "en-US",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  try {
    await context.addInitScript(noteCards);
    const { tokenSeconds: seconds } = options;
    if (seconds !== undefined) await shortenTokens(context, arena, seconds);
    const page = await context.newPage();
    const reads = new Map<string, number>();
    page.on("request", (request) => {
      const id = readIdOf(request.method(), request.url());
      if (id !== undefined) reads.set(id, (reads.get(id) ?? 0) + 1);
    });
    await page.goto(`${arena.url}/?test_user=${options.telegramId}`);
    await page.locator(".segments label", { hasText: "Low" }).click();
    options.onReady();
    const sightings: PageSighting[] = [];
    for (const plan of plans) {
      sightings.push(await watchOne(page, plan));
      options.onEnd();
    }
    if (options.countsReads) await pause(SETTLE_MS);
    return sightings.map((sighting) => ({ ...sighting, reads: reads.get(sighting.id) ?? 0 }));
  } finally {
    await context.close();
  }
}

async function shortenTokens(
  context: BrowserContext,
  { jwtSecret }: Arena,
  seconds: number,
): Promise<void> {
  const { shorten } = createTokenShortener({ jwtSecret, seconds });
  await context.route("**/functions/v1/auth/*", async (route) => {
    try {
      const response = await route.fetch();
      if (!response.ok()) return await route.fulfill({ response });
      const body = await shorten(route.request().url(), await response.text());
      await route.fulfill({ response, body });
    } catch {
      // The stack or the page is gone.
      await route.abort().catch(() => {});
    }
  });
}

async function watchOne(page: Page, { prompt }: Plan): Promise<PageSighting> {
  await page.getByLabel(en.prompt).fill(prompt);
  await page.locator(".main-button").click();
  const card = page.locator("article", { hasText: prompt });
  await insist(page, async () => await card.count() > 0);
  const id = await card.getAttribute("data-id") ?? "";
  const hasEnded = await page.locator(FINAL.map((end) => `[data-id="${id}"]${end}`).join())
    .waitFor().then(() => true, () => false);
  const isCompleted = await card.getAttribute("data-status") === "COMPLETED";
  const mishaps: string[] = [];
  if (isCompleted) {
    await card.locator(".picture img.loaded").waitFor()
      .catch(() => mishaps.push("its picture did not load"));
  }
  const { states, ...times } = await page.evaluate(readCardLog, id);
  return { id, by: "page", shown: shownOf({ states }), hasEnded, reads: 0, mishaps, ...times };
}

// As the person would who reads "no connection": presses again.
async function insist(page: Page, isDone: () => Promise<boolean>): Promise<void> {
  for (const giveUp = Date.now() + PATIENCE_MS; !await isDone();) {
    if (Date.now() > giveUp) throw new Error("The page takes no submission");
    if (await page.locator(".notice[role=alert]").isVisible()) {
      await page.locator(".main-button").click();
    }
    await pause(25);
  }
}

/** The states of a card in the words of the row; those that differ only in what is not of it are one. */
export function shownOf({ states }: Pick<CardLog, "states">): Shown[] {
  const shown: Shown[] = [];
  for (const { status, url, detail } of states) {
    const next = { status: status as GenerationStatus, url, errorCode: errorCodeOf(detail) };
    if (JSON.stringify(next) !== JSON.stringify(shown.at(-1))) shown.push(next);
  }
  return shown;
}

function errorCodeOf(detail: string): GenerationErrorCode | null {
  const codes = Object.keys(en.failures) as GenerationErrorCode[];
  return codes.find((code) => detail.startsWith(en.failures[code])) ?? null;
}
