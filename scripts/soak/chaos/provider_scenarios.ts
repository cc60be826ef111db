/** OpenAI fails in each of its ways. */
import type { OpenAiFault } from "../../stack/openai.ts";
import { expectDrawnOrBoughtTwice, expectEnds } from "./expect_ends.ts";
import { inspectFunctionError } from "./function_error.ts";
import { pause, untilFound } from "../insist.ts";
import { readCalls } from "./journals.ts";
import { drawSubmission } from "./users.ts";
import { type Context, fill, type Scenario, untilEnded } from "./scenario.ts";

const JOBS = 30;

/** Enough attempts to outlive a storm. */
const PATIENT = { max_attempts: 50 };

/** A scenario in which the first requests meet faults. */
function faulty(name: string, about: string, faults: OpenAiFault[]): Scenario {
  return {
    name: `openai_${name}`,
    about,
    settings: PATIENT,
    async run(context) {
      await context.arena.door("PUT /openai/faults", faults);
      await fill(context, { jobs: JOBS });
      await untilEnded(context);
      await expectDrawnOrBoughtTwice(context, JOBS);
    },
  };
}

/** The ways of OpenAI. */
export const PROVIDER_SCENARIOS: readonly Scenario[] = [
  faulty("rate_storm", "429 with Retry-After, again and again", [
    { status: 429, code: "rate_limit_exceeded", retry_after: 1, times: 15 },
  ]),
  faulty("server_errors", "500, 502, 503 and 504", [
    { status: 500, times: 8 },
    { status: 502, times: 4 },
    { status: 503, times: 4 },
    { status: 504, times: 4 },
  ]),
  faulty("dropped", "sockets closed before and in the middle of the work", [
    { drop: true, times: 10 },
    { drop: true, after_ms: 100, times: 5 },
    { break_stream: true, times: 5 },
  ]),
  faulty("malformed", "half a JSON document", [{ malformed: true, times: 12 }]),
  faulty("empty", "no picture in the answer", [{ empty: true, times: 12 }]),
  faulty("not_an_image", "a text, or an address, for a picture", [
    { not_an_image: true, times: 8 },
    { redirect_private: true, times: 4 },
  ]),
  {
    name: "openai_hang",
    about: "no answer for three seconds, then a closed socket",
    settings: PATIENT,
    async run(context) {
      await context.arena.door("PUT /openai/faults", [{ hang: true, times: 6 }]);
      await fill(context, { jobs: JOBS });
      await pause(3_000);
      await context.arena.door("PUT /openai/faults", []);
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
  {
    name: "openai_exhausted",
    about: "500 until the attempts are spent: refunded, with a dead letter",
    settings: { max_attempts: 2 },
    async run(context) {
      await context.arena.door("PUT /openai/faults", [{ status: 500, times: 1000 }]);
      await fill(context, { jobs: 12 });
      await untilEnded(context);
      await expectEnds(context, { FAILED: 12 });
    },
  },
  {
    name: "openai_moderation",
    about: "a third of the prompts is blocked: one call each, refunded",
    async run(context) {
      const { arena, violations } = context;
      const label = (number: number) => number % 3 === 0 ? "[moderation] chaos" : "chaos";
      await fill(context, { jobs: JOBS, label });
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: 20, FAILED: 10 });
      const blocked = (await readCalls(arena)).filter(({ prompt }) => prompt?.startsWith("["));
      if (blocked.length !== 10) violations.push(`${blocked.length} calls of 10 blocked prompts`);
    },
  },
  {
    name: "openai_quota",
    about: "no funds: submissions get 503, jobs keep their attempts, admin.resume goes on",
    settings: { max_attempts: 1 },
    async run(context) {
      await runOutOfMoney(context);
      await context.arena.sql`select admin.resume(note => 'funds are back')`;
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
  {
    name: "openai_quota_probe",
    about: "no funds: after 30 seconds one job probes, and all go on by themselves",
    settings: { max_attempts: 1 },
    async run(context) {
      await runOutOfMoney(context);
      await untilEnded(context, { hurry: false });
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
  {
    name: "openai_model_gone",
    about: "the first model is retired: the second draws everything",
    async run(context) {
      const { arena, violations, notes } = context;
      await arena.door("PUT /openai/models", { retired: ["gpt-image-1.5"] });
      await fill(context, { jobs: JOBS });
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: JOBS });
      const failed = (await readCalls(arena)).filter(({ model }) => model === "gpt-image-1.5");
      notes.push(`${failed.length} calls for the retired model`);
      // Those that were under way together when the first was refused.
      if (failed.length > 10) violations.push(`${failed.length} calls for a retired model`);
    },
  },
];

async function runOutOfMoney(context: Context): Promise<void> {
  const { arena, random, violations } = context;
  await arena.door("PUT /openai/latency", { ms: 300 });
  await arena.door("PUT /openai/faults", [
    { status: 429, code: "insufficient_quota", times: 10, after_ms: 1_000 },
  ]);
  await fill(context, { jobs: JOBS, concurrency: 30 });
  // And nothing is in flight: a refusal that comes after the operator's resume pauses again.
  const isPaused = async () => {
    const [row] = await arena.sql`
      select p.paused_until > now() and private.slots_in_use() = 0 as paused
      from private.provider_state as p`;
    return row?.paused ? true : undefined;
  };
  if (await untilFound(isPaused, { seconds: 15 }) === undefined) {
    return void violations.push("No funds, and no pause");
  }
  await arena.door("PUT /openai/faults", []);
  const [user] = arena.users;
  const { error } = await user!.client.functions.invoke("generation", {
    method: "POST",
    body: drawSubmission(random, "refused"),
  });
  const { status, code } = await inspectFunctionError(error);
  if (status !== 503 || code !== "generation_paused") {
    violations.push(`A submission while paused answers ${status} ${code}`);
  }
}
