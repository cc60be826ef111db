import { assertEquals } from "@std/assert";
import { RANK } from "../src/generation.ts";
import { createLastStates } from "../src/last_states.ts";
import { merge, type News, newsOfEvent, type Progress } from "../src/progress.ts";

const PENDING: News = {
  id: "1",
  status: "PENDING",
  version: 1,
  queue: { position: 4, eta_seconds: 20 },
};
const PROCESSING: News = { id: "1", status: "PROCESSING", version: 3 };
const COMPLETED: News = { id: "1", status: "COMPLETED", version: 4, public_url: "u" };

function showAll(news: News[]): Progress[] {
  const shown: Progress[] = [];
  for (const one of news) {
    const next = merge(shown.at(-1), one);
    if (next !== undefined) shown.push(next);
  }
  return shown;
}

Deno.test("merge() never shows a step backwards, whatever the order and however often news come", () => {
  const history = [
    PENDING,
    { ...PENDING, version: 2, queue: { position: 2, eta_seconds: 9 } },
    PROCESSING,
    { ...PROCESSING, preview_url: "p" },
    COMPLETED,
  ];
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 500; round++) {
    const order = [...history, ...history].sort(() => random() - 0.5);
    const shown = showAll(order);
    assertEquals(shown.at(-1), { ...shown.at(-1), status: "COMPLETED", public_url: "u" });
    for (const [index, { version, status }] of shown.entries()) {
      const before = shown[index - 1];
      if (before === undefined) continue;
      assertEquals(version >= before.version && RANK[status] >= RANK[before.status], true);
    }
  }
});

Deno.test("merge() gives nothing for news that change nothing", () => {
  assertEquals(showAll([PENDING, PENDING, PROCESSING, PROCESSING]).length, 2);
  // As when the row is hidden.
  assertEquals(showAll([COMPLETED, { ...COMPLETED, version: 5 }]).length, 1);
});

Deno.test("merge() takes a newer place in the queue of the same version, and drops it once painting starts", () => {
  const shown = showAll([PENDING, { ...PENDING, queue: { position: 1, eta_seconds: 3 } }]);
  assertEquals(shown.at(-1)?.queue, { position: 1, eta_seconds: 3 });
  assertEquals(merge(shown.at(-1), PROCESSING)?.queue, null);
});

Deno.test("merge() keeps a preview until the generation ends", () => {
  const shown = showAll([{ ...PROCESSING, preview_url: "p" }, { ...PROCESSING, version: 4 }]);
  assertEquals(shown.map(({ preview_url }) => preview_url), ["p", "p"]);
  assertEquals(merge(shown.at(-1), { ...COMPLETED, version: 5 })?.preview_url, null);
});

Deno.test("merge() refuses a lower status even with a higher version", () => {
  assertEquals(merge(merge(undefined, PROCESSING), { ...PENDING, version: 9 }), undefined);
});

Deno.test("newsOfEvent() keeps the expected time beside a position of the event", () => {
  const shown = merge(undefined, PENDING);
  const event = { id: "1", status: "PENDING", version: 2, queue_position: 2 } as const;
  assertEquals(newsOfEvent(event, shown).queue, { position: 2, eta_seconds: 20 });
});

Deno.test("createLastStates() forgets the oldest, and nothing that is needed", () => {
  const states = createLastStates((id) => id === "1");
  for (let id = 1; id <= 250; id++) states.take({ id: `${id}`, status: "PENDING", version: 1 });
  const known = Array.from({ length: 250 }, (_, index) => states.of(`${index + 1}`)?.id);
  assertEquals(known.filter((id) => id !== undefined).length, 200);
  assertEquals([known[0], known[1], known[249]], ["1", undefined, "250"]);
});
