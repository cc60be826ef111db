/** What the files of page tests share: one browser and one stack each, and a skip where there is no chromium. */
import type { Browser } from "playwright-core";
import { findChromium, startBrowser } from "../../scripts/test/browser.ts";
import { type PageFixture, startPageFixture } from "./page_fixture.ts";

/** A file's tests in the browser. */
export interface PageSuite {
  /** Defines a test; skipped where there is no chromium on PATH. */
  testPage(name: string, fn: () => Promise<void>): void;
  /** The stack, while tests run. */
  readonly stack: PageFixture;
}

/** Defines a suite. */
export async function definePageSuite(): Promise<PageSuite> {
  const chromium = await findChromium();
  let browser: Browser | undefined;
  let stack: PageFixture | undefined;

  Deno.test.beforeAll(async () => {
    if (chromium === undefined) return;
    browser = await startBrowser(chromium);
    stack = await startPageFixture(browser);
  });
  Deno.test.afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  return {
    testPage(name, fn) {
      // The browser's pipes are open before a test and after it.
      const sanitize = { sanitizeOps: false, sanitizeResources: false };
      Deno.test({ name: `page ${name}`, fn, ignore: chromium === undefined, ...sanitize });
    },
    get stack() {
      if (stack === undefined) throw new Error("The stack is not started: no test runs");
      return stack;
    },
  };
}
