import { assertEquals } from "@std/assert";
import { RateLimitError } from "openai";
import type { AttemptFailure, WorkerStore } from "../../_shared/generations/worker_store.ts";
import { createLogger } from "../../_shared/observability/log.ts";
import type { GeneratedImage } from "../../_shared/openai/image_provider.ts";
import type { ObjectStore } from "../../_shared/storage/object_store.ts";
import { createRunJob } from "../../worker/run_job.ts";
import { createFakeRuntime, NOW } from "../fakes.ts";

const JOB = {
  generation_id: "00000000-0000-4000-8000-00000000000a",
  attempt: 1,
  user_id: "00000000-0000-4000-8000-00000000000b",
  prompt: "a fox",
  size: "1024x1024",
  quality: "low",
  output_format: "png",
  request_id: "req-1",
  failures: 1,
} as const;

const IMAGE = {
  bytes: new Uint8Array([1]),
  contentType: "image/png",
  model: "gpt-image-1.5",
  latencyMs: 1,
} as unknown as GeneratedImage;

/** Lets everything that waits for no clock go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** One job whose provider does as told; `events` has what happened, in order. */
function createSetup(
  generate: () => Promise<GeneratedImage>,
  { more = false, handOver = Promise.resolve(), attempt = 1, unwanted = false }: {
    more?: boolean;
    handOver?: Promise<void>;
    attempt?: number;
    /** The generation ended meanwhile, without the picture. */
    unwanted?: boolean;
  } = {},
) {
  const events: string[] = [];
  const failures: AttemptFailure[] = [];
  const runtime = createFakeRuntime();
  const run = createRunJob({
    store: {
      async complete(_attempt: unknown, { recovered }: { recovered: boolean }) {
        await Promise.resolve();
        events.push(recovered ? "recovered" : "completed");
        return { outcome: unwanted ? "stale" : "completed", unwanted };
      },
      async fail(_attempt: unknown, failure: AttemptFailure) {
        failures.push(failure);
        await Promise.resolve();
        events.push("failure recorded");
        return { outcome: "requeued" as const, retry_in_ms: 1_000 };
      },
    } as unknown as WorkerStore,
    leases: {
      hold: () => ({
        signal: new AbortController().signal,
        letFinish: () => void events.push("let finish"),
        drop: () => void events.push("dropped"),
      }),
      abandon: () => undefined,
    },
    objects: {
      publicUrl: (key: string) => `https://pictures.example/${key}`,
      put: () => Promise.resolve(events.push("stored")),
      // An earlier attempt stored the picture.
      head: () => Promise.resolve({ size: 1 }),
      delete: () => Promise.resolve(events.push("removed")),
    } as unknown as ObjectStore,
    generate: { provider: { generate }, models: ["gpt-image-1.5"] },
    previewMaker: { make: () => Promise.resolve(undefined) },
    runtime,
    random: () => 0.5,
    log: createLogger(runtime),
  });
  const claim = {
    jobs: [JOB],
    more,
    free_slots: 0,
    retry_after_ms: null,
    lease_seconds: 60,
    partial_images: 0,
    retired_models: [],
  };
  const start = {
    job: { ...JOB, attempt },
    claim,
    claimedAt: NOW,
    releaseSlot() {
      events.push("slot free");
      return handOver;
    },
    takeBytes() {},
  };
  return { events, failures, runtime, run: () => run(start) };
}

function rateLimit(): Promise<never> {
  const body = { code: "rate_limit_exceeded", type: "requests", message: "Slow down" };
  const headers = new Headers({ "retry-after": "30" });
  return Promise.reject(new RateLimitError(429, body, undefined, headers));
}

Deno.test("runJob frees the slot as soon as the picture is there, and stores it without", async () => {
  const { events, run } = createSetup(() => Promise.resolve(IMAGE));
  assertEquals(await run(), undefined);
  assertEquals(events.slice(0, 4), ["slot free", "let finish", "stored", "completed"]);
});

Deno.test("runJob frees the slot of a refused job only once the refusal is recorded", async () => {
  const { events, run } = createSetup(rateLimit);
  assertEquals(await run(), 1_000);
  assertEquals(events, ["failure recorded", "dropped", "slot free"]);
});

Deno.test("runJob waits for Retry-After and a random time on top of it", async () => {
  const { failures, run } = createSetup(rateLimit);
  await run();
  // After a second failure the random part is up to 2 s, here half of it.
  assertEquals([failures[0]?.kind, failures[0]?.retryAfterMs, failures[0]?.delayMs], [
    "rate",
    30_000,
    31_000,
  ]);
});

Deno.test("runJob stores under load once its slot is handed over, and after 250 ms in any case", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const prompt = createSetup(() => Promise.resolve(IMAGE), { more: true, handOver: promise });
  const running = prompt.run();
  await settle();
  assertEquals(prompt.events, ["slot free", "let finish"]);
  resolve();
  await running;
  assertEquals(prompt.events.slice(2, 4), ["stored", "completed"]);

  const never = new Promise<void>(() => {});
  const late = createSetup(() => Promise.resolve(IMAGE), { more: true, handOver: never });
  const waiting = late.run();
  await settle();
  late.runtime.advance(249);
  await settle();
  assertEquals(late.events, ["slot free", "let finish"]);
  late.runtime.advance(1);
  await waiting;
  assertEquals(late.events.slice(2, 4), ["stored", "completed"]);
});

Deno.test("runJob of a second attempt completes with the picture that the first has stored, and buys none", async () => {
  const { events, run } = createSetup(() => Promise.reject(new Error("bought")), { attempt: 2 });
  await run();
  assertEquals(events, ["slot free", "recovered", "dropped", "slot free"]);
});

Deno.test("runJob removes the picture of a generation that ended meanwhile, and no other", async () => {
  for (const unwanted of [true, false]) {
    const { events, run } = createSetup(() => Promise.resolve(IMAGE), { unwanted });
    await run();
    assertEquals(events.includes("removed"), unwanted);
  }
});
