/** Submissions alone and together: who gets which answer, and what a failed batch does to its members. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../_shared/errors.ts";
import type { SubmissionArguments } from "../../_shared/generations/client_store.ts";
import { createSubmissionBatches } from "../../generation/submission_batches.ts";
import { createFakeRpcClient, createFakeRuntime, type FakeRpcClient } from "../fakes.ts";

type Sql = Parameters<typeof createFakeRpcClient>[0];

/** Its first call, of submission `a`, is under way until `open` is called. */
function createSetup(sql: Sql) {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const db = createFakeRpcClient({
    async submit_generation(args) {
      if (args.prompt === "a") await opened;
      return await (sql.submit_generation ?? answerOf)(args);
    },
    submit_generations: sql.submit_generations ??
      (({ submissions }) => (submissions as SubmissionArguments[]).map(answerOf)),
  });
  const runtime = createFakeRuntime();
  const send = createSubmissionBatches({ db, runtime });
  const submit = (prompt: string, user?: string) => send(submissionOf(prompt, user));
  return { db, open, runtime, submit };
}

function submissionOf(prompt: string, user = prompt): SubmissionArguments {
  return {
    generation_id: `generation of ${prompt}`,
    user_id: `user of ${user}`,
    session_id: "session",
    prompt,
    size: "1024x1024",
    quality: "low",
    output_format: "png",
    idempotency_key: null,
    request_hash: null,
    enforce_rate_limit: false,
  };
}

function answerOf({ prompt }: { prompt?: unknown }): string {
  return `answer to ${prompt}`;
}

/** The prompts of each call, in order. */
function prompts({ calls }: FakeRpcClient): string[] {
  return calls.map(({ args }) => {
    const { submissions = [args] } = args as { submissions?: Record<string, unknown>[] };
    return submissions.map(({ prompt }) => prompt).join("+");
  });
}

Deno.test("createSubmissionBatches puts a lone submission to submit_generation", async () => {
  const { db, open, submit } = createSetup({});
  open();
  assertEquals(await submit("a") as unknown, "answer to a");
  assertEquals(db.calls, [{ name: "submit_generation", args: { ...submissionOf("a") } }]);
});

Deno.test("createSubmissionBatches puts what comes meanwhile together, and gives each its own answer", async () => {
  const { db, open, submit } = createSetup({});
  const submitted = ["a", "c", "d", "e"].map((prompt) => submit(prompt));
  open();
  assertEquals(
    await Promise.all(submitted) as unknown[],
    ["a", "c", "d", "e"].map((prompt) => `answer to ${prompt}`),
  );
  assertEquals(prompts(db), ["a", "c+d+e"]);
  assertEquals(db.calls[1]?.name, "submit_generations");
});

Deno.test("createSubmissionBatches puts what a batch left to submit_generation, which may refuse it", async () => {
  const { db, open, submit } = createSetup({
    submit_generations: () => ["answer to c", null, "answer to e"],
    submit_generation: ({ prompt }) => {
      if (prompt === "d") throw new AppError("insufficient_credits", "Not enough");
      return answerOf({ prompt });
    },
  });
  const [, c, d, e] = ["a", "c", "d", "e"].map((prompt) => submit(prompt));
  open();
  await assertRejects(() => d ?? Promise.resolve(), AppError, "Not enough");
  assertEquals(await Promise.all([c, e]) as unknown[], ["answer to c", "answer to e"]);
  assertEquals(prompts(db), ["a", "c+d+e", "d"]);
});

Deno.test("createSubmissionBatches puts each of a broken or unanswered batch by itself", async () => {
  const broken = () => {
    throw new AppError("internal", "Cannot use the database");
  };
  for (const submit_generations of [broken, () => null, () => []]) {
    const { db, open, submit } = createSetup({ submit_generations });
    const submitted = ["a", "c", "d"].map((prompt) => submit(prompt));
    open();
    assertEquals((await Promise.all(submitted))[2] as unknown, "answer to d");
    assertEquals(prompts(db), ["a", "c+d", "c", "d"]);
  }
});

Deno.test("createSubmissionBatches asks a database that is away once for a batch", async () => {
  const { db, open, submit } = createSetup({
    submit_generations: () => {
      throw new AppError("internal", "Cannot use the database", { retryable: true });
    },
  });
  const [, c, d] = ["a", "c", "d"].map((prompt) => submit(prompt));
  open();
  for (const lost of [c, d]) {
    await assertRejects(() => lost ?? Promise.resolve(), AppError, "Cannot use the database");
  }
  assertEquals(prompts(db), ["a", "c+d"]);
});

/** Lets go on what waits for nothing, then for each of these pauses. */
async function advanceSlowly(
  runtime: ReturnType<typeof createFakeRuntime>,
  pausesMs: readonly number[],
): Promise<void> {
  const pass = () => new Promise((resolve) => setTimeout(resolve));
  for (const pauseMs of pausesMs) {
    await pass();
    runtime.advance(pauseMs);
  }
  await pass();
}

/** What the database gives when another transaction was in the way. */
function deadlock(): AppError {
  const cause = Object.assign(new Error("deadlock detected"), { code: "40P01" });
  return new AppError("internal", "Cannot use the database", { cause, retryable: true });
}

Deno.test("createSubmissionBatches puts each of a batch that met a deadlock by itself", async () => {
  const { db, open, submit } = createSetup({
    submit_generations: () => {
      throw deadlock();
    },
  });
  const submitted = ["a", "c", "d"].map((prompt) => submit(prompt));
  open();
  assertEquals((await Promise.all(submitted))[2] as unknown, "answer to d");
  assertEquals(prompts(db), ["a", "c+d", "c", "d"]);
});

Deno.test("createSubmissionBatches puts a submission that met another transaction again after a pause, under the same id", async () => {
  let failures = 2;
  const { db, runtime, submit } = createSetup({
    submit_generation: ({ prompt }) => {
      if (failures-- > 0) throw deadlock();
      return answerOf({ prompt });
    },
  });
  const submitted = submit("c");
  await advanceSlowly(runtime, [100, 400]);
  assertEquals(await submitted as unknown, "answer to c");
  assertEquals(
    db.calls.map(({ args }) => args?.generation_id),
    Array(3).fill("generation of c"),
  );
});

Deno.test("createSubmissionBatches refuses a submission whose user another transaction keeps: nothing took effect", async () => {
  const { db, runtime, submit } = createSetup({
    submit_generation: () => {
      throw deadlock();
    },
  });
  const refused = assertRejects(() => submit("c"), AppError, "nothing was charged");
  await advanceSlowly(runtime, [100, 400, 1_000]);
  const { code, headers } = await refused;
  assertEquals([code, headers["retry-after"]], ["generation_paused", "2"]);
  assertEquals(prompts(db), ["c", "c", "c", "c"]);
});

Deno.test("createSubmissionBatches puts few of many held users again at a time", async () => {
  const { promise: freed, resolve: free } = Promise.withResolvers<void>();
  const met = new Set<unknown>();
  const { db, runtime, submit } = createSetup({
    submit_generation: async ({ prompt }) => {
      if (!met.has(prompt)) {
        met.add(prompt);
        throw deadlock();
      }
      await freed;
      return answerOf({ prompt });
    },
    submit_generations: ({ submissions }) => (submissions as unknown[]).map(() => null),
  });
  const names = ["c", "d", "e", "f", "g", "h", "i"];
  const submitted = names.map((name) => submit(name));
  await advanceSlowly(runtime, [100]);
  assertEquals(prompts(db).filter((prompt) => prompt.length === 1).length, names.length + 4);
  free();
  assertEquals(await Promise.all(submitted) as unknown[], names.map((name) => `answer to ${name}`));
});

Deno.test("createSubmissionBatches puts the submissions of one user one after another, and lets others pass", async () => {
  const { db, open, runtime, submit } = createSetup({});
  const submitted = [submit("a", "ada"), submit("c", "ada"), submit("d", "ada"), submit("e")];
  await advanceSlowly(runtime, [49]);
  assertEquals(prompts(db), ["a"]);
  runtime.advance(1);
  assertEquals(await submitted[3] as unknown, "answer to e");
  assertEquals(prompts(db), ["a", "e"]);
  open();
  assertEquals(await Promise.all(submitted) as unknown[], [
    "answer to a",
    "answer to c",
    "answer to d",
    "answer to e",
  ]);
  assertEquals(prompts(db), ["a", "e", "c", "d"]);
});

Deno.test("createSubmissionBatches asks to come again where the user's earlier submission takes too long", async () => {
  const { db, open, runtime, submit } = createSetup({});
  const first = submit("a", "ada");
  const second = assertRejects(() => submit("c", "ada"), AppError, "nothing was charged");
  await Promise.resolve();
  runtime.advance(15_000);
  assertEquals((await second).code, "generation_paused");
  open();
  assertEquals(await first as unknown, "answer to a");
  assertEquals(prompts(db), ["a"]);
});
