import { assert, assertEquals } from "@std/assert";
import type { ClaimResult } from "../../_shared/generations/worker_store.ts";
import { createDispatcher, type RunJob } from "../../worker/dispatcher.ts";
import { createFakeRuntime } from "../fakes.ts";

const NOTHING: ClaimResult = {
  jobs: [],
  more: false,
  free_slots: 0,
  retry_after_ms: null,
  lease_seconds: 60,
  partial_images: 0,
  retired_models: [],
};

/** A dispatcher over a queue that gives what `answers` says, then nothing. */
function createSetup(
  answers: (Partial<ClaimResult> | Error)[] = [],
  runJob?: RunJob,
  bounds: { ringBytes?: number; memoryBytes?: number } = {},
) {
  const runtime = createFakeRuntime();
  const quantities: number[] = [];
  const finished: number[] = [];
  const dispatcher = createDispatcher({
    store: {
      claim(quantity, ended) {
        quantities.push(quantity);
        finished.push(ended.length);
        const answer = answers.shift() ?? {};
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve({ ...NOTHING, ...answer });
      },
    },
    runJob: runJob ?? (() => Promise.resolve(undefined)),
    runtime,
    log: { warn: () => undefined },
    capacity: 4,
    ringBytes: Infinity,
    memoryBytes: Infinity,
    ...bounds,
    claimWindowMs: 30_000,
  });
  return { runtime, quantities, finished, dispatcher };
}

/** Lets everything that waits for no clock go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

const JOB = {
  generation_id: "00000000-0000-4000-8000-00000000000a",
  attempt: 1,
  user_id: "00000000-0000-4000-8000-00000000000b",
  prompt: "a fox",
  size: "1024x1024",
  quality: "low",
  output_format: "png",
  request_id: "req-1",
  failures: 0,
} as const;

Deno.test("Dispatcher ring looks twice and rests", async () => {
  const { dispatcher, quantities, runtime } = createSetup();
  dispatcher.ring();
  await settle();
  assertEquals(quantities, [4]);
  runtime.advance(500);
  await settle();
  assertEquals(quantities, [4, 4]);
  await dispatcher.idle();
});

Deno.test("Dispatcher ring is never lost, not even as the dispatcher comes to rest", async () => {
  for (let ticks = 0; ticks < 30; ticks++) {
    const { dispatcher, quantities, runtime } = createSetup();
    dispatcher.ring();
    await settle();
    runtime.advance(500);
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    const before = quantities.length;
    dispatcher.ring();
    await settle();
    assert(quantities.length > before, `no claim after a ring ${ticks} ticks into the last look`);
    runtime.advance(500);
    await dispatcher.idle();
  }
});

Deno.test("Dispatcher looks twice after a ring that finds it about to rest", async () => {
  const { dispatcher, quantities, runtime } = createSetup();
  dispatcher.ring();
  await settle();
  runtime.advance(499);
  await settle();
  // What it skipped its own ring for commits only after the claim that follows.
  dispatcher.ring();
  await settle();
  assertEquals(quantities, [4, 4]);
  runtime.advance(500);
  await settle();
  assertEquals(quantities, [4, 4, 4]);
  await dispatcher.idle();
});

Deno.test("Dispatcher claims nothing once its window has passed, and everything after another ring", async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { dispatcher, quantities, runtime } = createSetup([{ jobs: [JOB] }], () => promise);
  dispatcher.ring();
  await settle();
  runtime.advance(30_000);
  await settle();
  assertEquals(quantities, [4, 0]);
  dispatcher.ring();
  await settle();
  assertEquals(quantities, [4, 0, 3]);
  resolve(undefined);
  await settle();
  runtime.advance(500);
  await dispatcher.idle();
});

Deno.test("Dispatcher looks again each second while slots stay free that its full hands cannot fill", async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const jobs = Array.from({ length: 4 }, () => JOB);
  const { dispatcher, quantities, runtime } = createSetup(
    [{ jobs, more: true, free_slots: 4 }, ...Array(3).fill({ more: true, free_slots: 4 })],
    () => promise,
  );
  dispatcher.ring();
  await settle();
  runtime.advance(500);
  await settle();
  assertEquals(quantities, [4, 0], "the ring's own second look");
  for (const looks of [3, 4, 5]) {
    runtime.advance(1_100);
    await settle();
    assertEquals(quantities.length, looks);
  }
  // The last look found no slot free.
  runtime.advance(1_100);
  await settle();
  assertEquals(quantities.length, 5);
  resolve(undefined);
  await settle();
  runtime.advance(500);
  await dispatcher.idle();
});

Deno.test("Dispatcher claims again a second after a claim that failed, with the slots it had to give back", async () => {
  const { dispatcher, quantities, runtime } = createSetup([new Error("no database")]);
  dispatcher.ring();
  await settle();
  assertEquals(quantities, [4]);
  runtime.advance(999);
  await settle();
  assertEquals(quantities, [4]);
  runtime.advance(1);
  await settle();
  assertEquals(quantities, [4, 4]);
  runtime.advance(500);
  await dispatcher.idle();
});

Deno.test("Dispatcher names the slots that came free again after a claim that failed", async () => {
  const { dispatcher, finished, runtime } = createSetup(
    [{ jobs: [JOB] }, new Error("no database")],
    ({ releaseSlot }) => {
      void releaseSlot();
      return Promise.resolve(undefined);
    },
  );
  dispatcher.ring();
  for (let step = 0; step < 3; step++) {
    await settle();
    runtime.advance(1_000);
  }
  await dispatcher.idle();
  assertEquals(finished.slice(0, 3), [0, 1, 1]);
});

Deno.test("Dispatcher claims again when the first failed job is due", async () => {
  const { dispatcher, quantities, runtime } = createSetup(
    [{ jobs: [JOB] }],
    () => Promise.resolve(7_000),
  );
  dispatcher.ring();
  await settle();
  const looks = quantities.length;
  runtime.advance(6_999);
  await settle();
  assertEquals(quantities.length, looks);
  runtime.advance(1);
  await settle();
  assertEquals(quantities.length, looks + 1);
  runtime.advance(500);
  await dispatcher.idle();
});

Deno.test("Dispatcher claims again when a hand comes free while it claims for another", async () => {
  const claims: { quantity: number; answer: (claim: ClaimResult) => void }[] = [];
  const ends: (() => void)[] = [];
  const releases: (() => Promise<void>)[] = [];
  const dispatcher = createDispatcher({
    store: {
      claim: (quantity) => new Promise((answer) => void claims.push({ quantity, answer })),
    },
    runJob: ({ releaseSlot }) => {
      releases.push(releaseSlot);
      return new Promise((resolve) => void ends.push(() => resolve(undefined)));
    },
    runtime: createFakeRuntime(),
    log: { warn: () => undefined },
    capacity: 3,
    ringBytes: Infinity,
    memoryBytes: Infinity,
    claimWindowMs: 30_000,
  });
  const answer = async (jobs: number, more: boolean) => {
    claims.at(-1)?.answer({ ...NOTHING, jobs: Array(jobs).fill(JOB), more });
    await settle();
  };
  dispatcher.ring();
  await settle();
  // There is more, but no slot for it.
  await answer(2, true);
  void releases[0]?.();
  await settle();
  ends[0]?.();
  await settle();
  await answer(1, true);
  assertEquals(claims.map(({ quantity }) => quantity), [3, 1, 1]);
  dispatcher.stop();
  for (const end of ends) end();
  await answer(0, false);
  ends.at(-1)?.();
  const resting = dispatcher.idle().then(() => true);
  while (!await Promise.race([resting, settle()])) await answer(0, false);
});

Deno.test("Dispatcher tells a job that its slot is handed over once the claim has come back, or failed", async () => {
  for (const answer of [{}, new Error("no database")]) {
    const { promise: generated, resolve: generate } = Promise.withResolvers<void>();
    const events: string[] = [];
    const { dispatcher, runtime, quantities } = createSetup(
      [{ jobs: [JOB] }, answer],
      async (start) => {
        await generated;
        const handOver = start.releaseSlot();
        events.push(`free after ${quantities.length}`);
        await handOver;
        events.push(`handed over after ${quantities.length}`);
        return undefined;
      },
    );
    dispatcher.ring();
    await settle();
    generate();
    await settle();
    assertEquals(events, ["free after 1", "handed over after 2"]);
    for (let pass = 0; pass < 4; pass++) {
      runtime.advance(1_000);
      await settle();
    }
    await dispatcher.idle();
  }
});

Deno.test("Dispatcher tells of no hand-over while others that came free are still to be told of", async () => {
  const claims: ((claim: ClaimResult) => void)[] = [];
  const releases: (() => Promise<void>)[] = [];
  const dispatcher = createDispatcher({
    store: { claim: () => new Promise((answer) => void claims.push(answer)) },
    runJob: async ({ releaseSlot }) => {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      releases.push(() => {
        release();
        return releaseSlot();
      });
      await released;
      return undefined;
    },
    runtime: createFakeRuntime(),
    log: { warn: () => undefined },
    capacity: 4,
    ringBytes: Infinity,
    memoryBytes: Infinity,
    claimWindowMs: 30_000,
  });
  const answer = async (jobs: number) => {
    claims.at(-1)?.({ ...NOTHING, jobs: Array(jobs).fill(JOB), more: true });
    await settle();
  };
  let handedOver = 0;
  const release = async () => {
    void releases.shift()?.().then(() => handedOver++);
    await settle();
  };
  dispatcher.ring();
  await settle();
  await answer(2);
  await release();
  // It comes free while the first one's slot is being told of.
  await release();
  await answer(2);
  assertEquals(handedOver, 0);
  await answer(0);
  assertEquals(handedOver, 2);
  dispatcher.stop();
  while (releases.length > 0) await release();
  const resting = dispatcher.idle().then(() => true);
  while (!await Promise.race([resting, settle()])) await answer(0);
});

Deno.test("Dispatcher claims nothing more once a ring has taken in its bytes, until the next ring", async () => {
  const more = { jobs: [JOB], more: true };
  const { dispatcher, quantities, runtime } = createSetup(
    [more, more, { more: true }, more],
    (start) => {
      start.takeBytes(60);
      return Promise.resolve(undefined);
    },
    { ringBytes: 100 },
  );
  dispatcher.ring();
  await settle();
  runtime.advance(500);
  await settle();
  // The first two fit; what is left is for the ring that the claim of none asks for.
  assertEquals(quantities.slice(0, 3), [4, 4, 0]);
  dispatcher.ring();
  await settle();
  assertEquals(quantities.at(-1) === 4 || quantities.includes(4, 3), true);
  runtime.advance(500);
  await settle();
  runtime.advance(500);
  await dispatcher.idle();
});

Deno.test("Dispatcher claims nothing more while the pictures in hand fill the memory", async () => {
  const ends: (() => void)[] = [];
  const { dispatcher, quantities, runtime } = createSetup(
    [{ jobs: [JOB], more: true }, {}],
    (start) => {
      start.takeBytes(60);
      void start.releaseSlot();
      return new Promise((resolve) => ends.push(() => resolve(undefined)));
    },
    { memoryBytes: 50 },
  );
  dispatcher.ring();
  await settle();
  runtime.advance(500);
  await settle();
  assertEquals(quantities.slice(0, 2), [4, 0]);
  ends.forEach((end) => end());
  await settle();
  assertEquals(quantities.at(-1), 4);
  runtime.advance(500);
  await settle();
  runtime.advance(500);
  await dispatcher.idle();
});
