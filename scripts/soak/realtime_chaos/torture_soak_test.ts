/** The short form of `deno run -A scripts/soak/realtime_chaos.ts`: a handful of generations a torment, with a fixed seed. */
import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import type { Browser } from "playwright-core";
import { createRandom } from "../random.ts";
import { findChromium, startBrowser } from "../../test/browser.ts";
import { type Arena, openArena } from "./arena.ts";
import { timePictures } from "./picture_times.ts";
import { type Outcome, runTorment } from "./run_torment.ts";
import { type Torment, TORMENTS } from "./torments.ts";

const SEED = 20_261_125;

const chromium = await findChromium();
let arena: Arena;
let browser: Browser | undefined;

Deno.test.beforeAll(async () => {
  [browser, arena] = await Promise.all([
    chromium === undefined ? undefined : startBrowser(chromium),
    openArena(),
  ]);
});
Deno.test.afterAll(async () => {
  await browser?.close();
  await arena?.[Symbol.asyncDispose]();
});

function testTorture(name: string, fn: () => Promise<void>): void {
  // The browser's pipes are open before a test and after it.
  Deno.test({ name: `torture ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

/** Two by the client and `byPage` by the page; nothing may be wrong with any of them. */
async function endure(
  torment: Torment,
  { ms, byPage }: { ms: number; byPage: number },
): Promise<Outcome> {
  const outcome = await runTorment(arena, { ...torment, latency: { ms, jitter_ms: 0 } }, {
    scale: { byClient: 2, byPage },
    random: createRandom(SEED),
    browser,
    progress: () => {},
  });
  assertEquals(outcome.violations, []);
  assertEquals(outcome.sightings.length, browser === undefined ? 2 : 2 + byPage);
  return outcome;
}

// The first, as only what is committed after a restart has a time.
testTorture("restarted in mid-watch: the page and the client end with the row", async () => {
  const { blows } = await endure(TORMENTS.RESTARTED, { ms: 2_000, byPage: 1 });
  assertGreater(blows, 0);
});

testTorture("silent but open: the client ends with the row", async () => {
  await endure(TORMENTS.SILENT, { ms: 300, byPage: 0 });
});

testTorture("dropped every second: the page and the client end with the row", async () => {
  await endure(TORMENTS.DROPPED, { ms: 1_100, byPage: 1 });
});

testTorture("healthy: at most 3 GETs a generation, and the page's picture is timed", async () => {
  const { sightings } = await endure(TORMENTS.HEALTHY, { ms: 400, byPage: 1 });
  if (browser === undefined) return;
  const seen = sightings.filter(({ by }) => by === "page");
  const { count, element, loaded } = await timePictures(arena, seen);
  assertEquals(count, 1);
  assertLessOrEqual(element.p50, loaded.p50);
});

testTorture("tokens of 5 s, renewed late: the client ends with the row", async () => {
  await endure(TORMENTS.SHORT_TOKENS, { ms: 5_000, byPage: 0 });
});
