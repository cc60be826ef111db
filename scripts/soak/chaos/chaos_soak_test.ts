/** The short form of `deno run -A scripts/soak/chaos.ts`: a few kills, a mixed round and the two stampedes, with a fixed seed. */
import { assert, assertEquals } from "@std/assert";
import { required } from "../../../supabase/functions/tests/required.ts";
import { type Arena, openArena } from "./arena.ts";
import { SHORT_KILLS } from "./kill_scenarios.ts";
import { MIXED_SCENARIO } from "./mixed_scenario.ts";
import { runScenario } from "./run_scenario.ts";
import { fill, type Scenario, untilEnded } from "./scenario.ts";
import { SUBMISSION_SCENARIOS } from "./submission_scenarios.ts";

const SEED = 20_261_123;
const SCALE = { jobs: 10, kills: 1, mixedSeconds: 4 };

let arena: Arena;

Deno.test.beforeAll(async () => {
  arena = await openArena();
});
Deno.test.afterAll(async () => {
  await arena?.[Symbol.asyncDispose]();
});

for (const scenario of [SHORT_KILLS, ...SUBMISSION_SCENARIOS, MIXED_SCENARIO]) {
  Deno.test(`chaos ${scenario.name}: ${scenario.about}`, () => survive(scenario));
}

async function survive(scenario: Scenario): Promise<void> {
  const outcome = await runScenario(arena, scenario, {
    seed: SEED,
    scale: SCALE,
    progress: () => {},
  });
  assertEquals(outcome.violations, []);
}

// The last one: what it spoils stays spoilt.
Deno.test("chaos judges condemn a wrong balance, a second charge, a lost picture, a message left", async () => {
  const { violations } = await runScenario(arena, SPOILT, {
    seed: SEED,
    scale: SCALE,
    progress: () => {},
  });
  for (const wanted of SPOILT_SIGNS) {
    assert(violations.some((found) => wanted.test(found)), `${wanted} in ${violations.join("\n")}`);
  }
});

const SPOILT_SIGNS = [
  /^User .* has 100 credits, wanted 100 - 1$/,
  /^ledger: balance_differs_from_ledger/,
  /^2 billed calls, 1 explained/,
  /^The picture of .* answers 403$/,
  /^a message is left in the queue/,
];

/** One job, and everything a judge must see done to it by hand. */
const SPOILT: Scenario = {
  name: "spoilt",
  about: "tampering",
  async run(context) {
    const { sql, users, jobs, variables } = context.arena;
    await fill(context, { jobs: 1 });
    await untilEnded(context);
    const { id, prompt } = required(jobs[0]);
    await sql`update public.users set credits = credits + 1 where id = ${required(users[0]).id}`;
    await sql`update public.generations set public_url = public_url || '.gone' where id = ${id}`;
    await sql`select pgmq.send('generations', '{"generation_id": "nobody''s"}', 600)`;
    const answer = await fetch(`${variables.OPENAI_BASE_URL}/images/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${variables.OPENAI_API_KEY}` },
      body: JSON.stringify({ model: "gpt-image-1.5", prompt }),
    });
    assertEquals((await answer.json()).data.length, 1);
  },
};
