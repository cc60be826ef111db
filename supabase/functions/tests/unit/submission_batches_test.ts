/** Submissions on their way to SQL: who gets which answer, what goes together, and what a busy user meets. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../_shared/http/errors.ts";
import type { SubmissionArguments } from "../../_shared/generations/client_store.ts";
import { createSubmissionBatches } from "../../generation/submission_batches.ts";
import { createFakeRpcClient, createFakeRuntime, type FakeRpcClient } from "../fakes.ts";

type Answer = (submission: SubmissionArguments) => { outcome: string };

/** Its first call, of submission `a`, is under way until `open` is called. */
function createSetup(answer: Answer = answerTo) {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const db = createFakeRpcClient({
    async submit_generations(args) {
      const submissions = args.submissions as SubmissionArguments[];
      if (submissions[0]?.prompt === "a") await opened;
      return submissions.map(answer);
    },
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
    request_id: "req-1",
  };
}

function answerTo({ prompt }: SubmissionArguments) {
  return { outcome: "accepted", answer: `answer to ${prompt}` };
}

function answersTo(...prompts: string[]): unknown[] {
  return prompts.map((prompt) => ({ outcome: "accepted", answer: `answer to ${prompt}` }));
}

/** The prompts of each call, in order. */
function prompts({ calls }: FakeRpcClient): string[] {
  return calls.map(({ args }) =>
    (args?.submissions as SubmissionArguments[]).map(({ prompt }) => prompt).join("+")
  );
}

/** Advances the clock by each of these, after what waits for nothing has gone on. */
async function advance(
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

Deno.test("createSubmissionBatches sends a lone submission as a batch of one", async () => {
  const { db, open, submit } = createSetup();
  open();
  assertEquals([await submit("a")] as unknown[], answersTo("a"));
  assertEquals(db.calls, [{
    name: "submit_generations",
    args: { submissions: [submissionOf("a")] },
  }]);
});

Deno.test("createSubmissionBatches sends what comes meanwhile together, and gives each its own answer", async () => {
  const { db, open, submit } = createSetup();
  const submitted = ["a", "c", "d", "e"].map((prompt) => submit(prompt));
  open();
  assertEquals(await Promise.all(submitted) as unknown[], answersTo("a", "c", "d", "e"));
  assertEquals(prompts(db), ["a", "c+d+e"]);
});

Deno.test("createSubmissionBatches gives a refusal to the one it is for", async () => {
  const refused = { outcome: "refused", refusal: { code: "PX402" } };
  const { open, submit } = createSetup((each) => each.prompt === "d" ? refused : answerTo(each));
  const submitted = ["a", "c", "d"].map((prompt) => submit(prompt));
  open();
  assertEquals(await Promise.all(submitted) as unknown[], [...answersTo("a", "c"), refused]);
});

Deno.test("createSubmissionBatches fails each of a batch that failed", async () => {
  const { db, open, submit } = createSetup(({ prompt }) => {
    if (prompt !== "a") throw new AppError("internal", "Cannot use the database");
    return { outcome: "accepted" };
  });
  const [, ...failed] = ["a", "c", "d"].map((prompt) => submit(prompt));
  open();
  for (const each of failed) await assertRejects(() => each, AppError, "Cannot use the database");
  assertEquals(prompts(db), ["a", "c+d"]);
});

Deno.test("createSubmissionBatches fails a submission to which SQL gave no result", async () => {
  const db = createFakeRpcClient({ submit_generations: () => [] });
  const send = createSubmissionBatches({ db, runtime: createFakeRuntime() });
  const { code } = await assertRejects(() => send(submissionOf("c")), AppError);
  assertEquals(code, "internal");
});

Deno.test("createSubmissionBatches sends a busy submission again after a pause, under the same id", async () => {
  let busy = 2;
  const { db, runtime, submit } = createSetup((each) =>
    busy-- > 0 ? { outcome: "busy" } : answerTo(each)
  );
  const submitted = submit("c");
  await advance(runtime, [100, 400]);
  assertEquals([await submitted] as unknown[], answersTo("c"));
  assertEquals(prompts(db), ["c", "c", "c"]);
});

Deno.test("createSubmissionBatches sends each of a batch that met a deadlock again", async () => {
  let deadlocks = 1;
  const { db, runtime, submit } = createSetup((each) => {
    if (deadlocks-- > 0) throw deadlock();
    return answerTo(each);
  });
  const submitted = submit("c");
  await advance(runtime, [100]);
  assertEquals([await submitted] as unknown[], answersTo("c"));
  assertEquals(prompts(db), ["c", "c"]);
});

Deno.test("createSubmissionBatches refuses a submission that stays busy: nothing took effect", async () => {
  const { db, runtime, submit } = createSetup(() => ({ outcome: "busy" }));
  const refused = assertRejects(() => submit("c"), AppError, "nothing was charged");
  await advance(runtime, [100, 400, 1_000]);
  const { code, headers } = await refused;
  assertEquals([code, headers["retry-after"]], ["generation_paused", "2"]);
  assertEquals(prompts(db), ["c", "c", "c", "c"]);
});

Deno.test("createSubmissionBatches sends the submissions of one user one after another, and lets others pass", async () => {
  const { db, open, runtime, submit } = createSetup();
  const submitted = [submit("a", "ada"), submit("c", "ada"), submit("d", "ada"), submit("e")];
  await advance(runtime, [49]);
  assertEquals(prompts(db), ["a"]);
  runtime.advance(1);
  assertEquals([await submitted[3]] as unknown[], answersTo("e"));
  assertEquals(prompts(db), ["a", "e"]);
  open();
  assertEquals(await Promise.all(submitted) as unknown[], answersTo("a", "c", "d", "e"));
  assertEquals(prompts(db), ["a", "e", "c", "d"]);
});

Deno.test("createSubmissionBatches refuses where the user's earlier submission takes too long", async () => {
  const { db, open, runtime, submit } = createSetup();
  const first = submit("a", "ada");
  const second = assertRejects(() => submit("c", "ada"), AppError, "nothing was charged");
  await Promise.resolve();
  runtime.advance(15_000);
  assertEquals((await second).code, "generation_paused");
  open();
  assertEquals([await first] as unknown[], answersTo("a"));
  assertEquals(prompts(db), ["a"]);
});
