import { assertEquals } from "@std/assert";
import type { RpcClient } from "../../_shared/db/rpc.ts";
import { createEventCounter } from "../../_shared/observability/event_counter.ts";

/** A counter whose gathering ends when the test says so. */
function setUp({ fails = false } = {}) {
  const calls: unknown[] = [];
  const warnings: string[] = [];
  const background: Promise<unknown>[] = [];
  let endGathering = () => {};
  let shutDown = () => {};
  const db: RpcClient = {
    rpc(name, args) {
      calls.push({ name, ...args });
      return fails ? Promise.reject(new Error("away")) : Promise.resolve(null as never);
    },
  };
  const events = createEventCounter({
    name: "auth",
    db,
    runtime: {
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          endGathering = resolve;
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
      waitUntil: (promise) => void background.push(promise),
      now: () => 0,
      writeLog: (_level, line) => void warnings.push(JSON.parse(line).event),
      onShutdown: (listener) => shutDown = () => void listener(),
    },
  });
  const settle = async () => void await Promise.all(background.splice(0));
  return {
    events,
    calls,
    warnings,
    pass: () => (endGathering(), settle()),
    end: () => (shutDown(), settle()),
  };
}

const COLD = { metric: "cold_starts", label: "auth", total: 1 };

Deno.test("event counter reports a crowd of refusals by one call, and the cold start once", async () => {
  const { events, calls, pass } = setUp();
  for (let n = 0; n < 100; n++) events.answered({ code: "rate_limited" });
  events.answered({});
  events.answered({ code: "not_found" });
  assertEquals(calls, []);
  await pass();
  const refused = { metric: "refusals", label: "rate_limited", total: 100 };
  assertEquals(calls, [{ name: "count_events", events: [COLD, refused] }]);
  events.answered({ code: "generation_paused" });
  await pass();
  assertEquals(calls[1], {
    name: "count_events",
    events: [{ metric: "refusals", label: "generation_paused", total: 1 }],
  });
});

Deno.test("event counter reports nothing while nothing is to be told", async () => {
  const { events, calls, pass } = setUp();
  events.answered({});
  await pass();
  events.answered({});
  await pass();
  assertEquals(calls.length, 1);
});

Deno.test("event counter tells what it has when the isolate ends", async () => {
  const { events, calls, end } = setUp();
  events.answered({});
  await end();
  assertEquals(calls, [{ name: "count_events", events: [COLD] }]);
});

Deno.test("event counter logs a report that failed, and goes on", async () => {
  const { events, calls, warnings, pass } = setUp({ fails: true });
  events.answered({});
  await pass();
  events.answered({ code: "rate_limited" });
  await pass();
  assertEquals([calls.length, warnings], [2, ["events_not_counted", "events_not_counted"]]);
});
