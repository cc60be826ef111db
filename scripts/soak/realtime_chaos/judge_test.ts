/** The judge of sightings: what it lets pass, and what it condemns. */
import { assertEquals } from "@std/assert";
import { judgeSighting, type Row } from "./judge.ts";
import type { Shown, Sighting } from "./sighting.ts";

const PENDING: Shown = { status: "PENDING", version: 1, url: null, errorCode: null };
const PROCESSING: Shown = { ...PENDING, status: "PROCESSING", version: 2 };
const COMPLETED: Shown = { status: "COMPLETED", version: 3, url: "/a.png", errorCode: null };
const ROW: Row = { ...COMPLETED, id: "one", version: 3 };

function sightingOf(shown: Shown[], more: Partial<Sighting> = {}): Sighting {
  return { id: "one", by: "client", shown, hasEnded: true, reads: 3, mishaps: [], ...more };
}

function judge(sighting: Sighting, row: Row | undefined = ROW): string[] {
  return judgeSighting(sighting, row, { isHealthy: true });
}

Deno.test("judgeSighting() finds nothing in states in order that end as the row", () => {
  assertEquals(judge(sightingOf([PENDING, PROCESSING, COMPLETED])), []);
});

Deno.test("judgeSighting() takes a sighting without versions by its states", () => {
  const { version: _, ...unnumbered } = COMPLETED;
  assertEquals(judge(sightingOf([unnumbered])), []);
});

Deno.test("judgeSighting() condemns a step back in state", () => {
  const back = { ...PENDING, version: 2 };
  assertEquals(judge(sightingOf([PROCESSING, back, COMPLETED])), [
    "client one: PENDING (version 2) was shown after PROCESSING (version 2)",
  ]);
});

Deno.test("judgeSighting() condemns a step back in version", () => {
  const old = { ...PROCESSING, version: 1 };
  assertEquals(judge(sightingOf([PROCESSING, old, COMPLETED])).length, 1);
});

Deno.test("judgeSighting() condemns whatever is shown after the end", () => {
  assertEquals(judge(sightingOf([COMPLETED, COMPLETED])).length, 1);
});

Deno.test("judgeSighting() condemns an end that is not the row's", () => {
  for (const other of [{ url: "/b.png" }, { version: 4 }, { status: "CANCELLED" as const }]) {
    assertEquals(judge(sightingOf([COMPLETED]), { ...ROW, ...other }).length, 1);
  }
});

Deno.test("judgeSighting() condemns a watch that shows nothing and does not end", () => {
  assertEquals(judge(sightingOf([], { hasEnded: false })), [
    "client one: the watch did not end: shown last is nothing",
    "client one: nothing is shown in the end, the row is COMPLETED (version 3) /a.png",
  ]);
});

Deno.test("judgeSighting() condemns a fourth GET, while Realtime is healthy", () => {
  const sighting = sightingOf([COMPLETED], { reads: 4 });
  assertEquals(judge(sighting), ["client one: 4 GETs, wanted 3 at most"]);
  assertEquals(judgeSighting(sighting, ROW, { isHealthy: false }), []);
});

Deno.test("judgeSighting() passes on what else went wrong", () => {
  assertEquals(judge(sightingOf([COMPLETED], { mishaps: ["it fell"] })), ["client one: it fell"]);
});
