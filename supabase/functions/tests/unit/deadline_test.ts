/** One time limit over many steps. */
import { assertEquals, assertThrows } from "@std/assert";
import { startDeadline } from "../../_shared/concurrency/deadline.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const HOUR_MS = 3_600_000;

/** Resolves when `signal` is aborted. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

Deno.test("startDeadline ends by itself", async () => {
  const deadline = startDeadline(1);
  await untilAborted(deadline.signal);
  assertEquals(deadline.ended, "timeout");
  assertEquals(deadline.signal.reason.name, "TimeoutError");
  deadline.clear();
});

Deno.test("startDeadline ends with the caller's signal and its reason", () => {
  const controller = new AbortController();
  const deadline = startDeadline(HOUR_MS, controller.signal);
  assertEquals([deadline.ended, deadline.signal.aborted], [undefined, false]);
  const reason = new Error("Lease lost");
  controller.abort(reason);
  assertEquals(deadline.ended, "cancelled");
  assertThrows(() => deadline.signal.throwIfAborted(), Error, "Lease lost");
  deadline.clear();
});

Deno.test("startDeadline is over at once when the caller's signal is", () => {
  const deadline = startDeadline(HOUR_MS, AbortSignal.abort());
  assertEquals([deadline.ended, deadline.signal.aborted], ["cancelled", true]);
  deadline.clear();
});

Deno.test("startDeadline keeps to what came first", async () => {
  const controller = new AbortController();
  const deadline = startDeadline(1, controller.signal);
  await untilAborted(deadline.signal);
  controller.abort();
  assertEquals(deadline.ended, "timeout");
  deadline.clear();
});

Deno.test("startDeadline leaves nothing behind once cleared", () => {
  const controller = new AbortController();
  const deadline = startDeadline(HOUR_MS, controller.signal);
  deadline.clear();
  controller.abort();
  assertEquals([deadline.ended, deadline.signal.aborted], [undefined, false]);
});
