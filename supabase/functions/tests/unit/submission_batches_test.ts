/** Submissions alone and together: who gets which answer, and what a failed batch does to its members. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../_shared/errors.ts";
import type { SubmissionArguments } from "../../_shared/generations/client_store.ts";
import { createSubmissionBatches } from "../../generation/submission_batches.ts";
import { createFakeRpcClient, createFakeRuntime, type FakeRpcClient } from "../fakes.ts";

type Sql = Parameters<typeof createFakeRpcClient>[0];

/** Its first two calls, of submissions `a` and `b`, are under way until `open` is called. */
function createSetup(sql: Sql) {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const db = createFakeRpcClient({
    async submit_generation(args) {
      if (["a", "b"].includes(String(args.prompt))) await opened;
      return await (sql.submit_generation ?? answerOf)(args);
    },
    submit_generations: sql.submit_generations ??
      (({ submissions }) => (submissions as SubmissionArguments[]).map(answerOf)),
  });
  const send = createSubmissionBatches({ db, runtime: createFakeRuntime() });
  return { db, open, submit: (prompt: string) => send(submissionOf(prompt)) };
}

function submissionOf(prompt: string): SubmissionArguments {
  return {
    generation_id: `generation of ${prompt}`,
    user_id: `user of ${prompt}`,
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
  const submitted = ["a", "b", "c", "d", "e"].map(submit);
  open();
  assertEquals(
    await Promise.all(submitted) as unknown[],
    ["a", "b", "c", "d", "e"].map((prompt) => `answer to ${prompt}`),
  );
  assertEquals(prompts(db), ["a", "b", "c+d+e"]);
  assertEquals(db.calls[2]?.name, "submit_generations");
});

Deno.test("createSubmissionBatches puts what a batch left to submit_generation, which may refuse it", async () => {
  const { db, open, submit } = createSetup({
    submit_generations: () => ["answer to c", null, "answer to e"],
    submit_generation: ({ prompt }) => {
      if (prompt === "d") throw new AppError("insufficient_credits", "Not enough");
      return answerOf({ prompt });
    },
  });
  const [, , c, d, e] = ["a", "b", "c", "d", "e"].map(submit);
  open();
  await assertRejects(() => d ?? Promise.resolve(), AppError, "Not enough");
  assertEquals(await Promise.all([c, e]) as unknown[], ["answer to c", "answer to e"]);
  assertEquals(prompts(db), ["a", "b", "c+d+e", "d"]);
});

Deno.test("createSubmissionBatches puts each of a broken or unanswered batch by itself", async () => {
  const broken = () => {
    throw new AppError("internal", "Cannot use the database");
  };
  for (const submit_generations of [broken, () => null, () => []]) {
    const { db, open, submit } = createSetup({ submit_generations });
    const submitted = ["a", "b", "c", "d"].map(submit);
    open();
    assertEquals((await Promise.all(submitted))[3] as unknown, "answer to d");
    assertEquals(prompts(db), ["a", "b", "c+d", "c", "d"]);
  }
});

Deno.test("createSubmissionBatches asks a database that is away once for a batch", async () => {
  const { db, open, submit } = createSetup({
    submit_generations: () => {
      throw new AppError("internal", "Cannot use the database", { retryable: true });
    },
  });
  const [, , c, d] = ["a", "b", "c", "d"].map(submit);
  open();
  for (const lost of [c, d]) {
    await assertRejects(() => lost ?? Promise.resolve(), AppError, "Cannot use the database");
  }
  assertEquals(prompts(db), ["a", "b", "c+d"]);
});
