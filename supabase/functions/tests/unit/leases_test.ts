import { assert, assertEquals } from "@std/assert";
import type { AttemptId } from "../../_shared/generations/worker_store.ts";
import { createLeaseKeeper, LeaseLostError } from "../../worker/leases.ts";
import { createFakeRuntime } from "../fakes.ts";

const ID = "00000000-0000-4000-8000-00000000000a";
const OTHER_ID = "00000000-0000-4000-8000-00000000000b";

/** A keeper whose database extends what `holds` says. */
function createSetup(holds: (attempt: AttemptId) => boolean | Error = () => true) {
  const runtime = createFakeRuntime();
  const beats: AttemptId[][] = [];
  const keeper = createLeaseKeeper({
    store: {
      extendLeases(attempts) {
        beats.push([...attempts]);
        const verdicts = attempts.map(holds);
        const error = verdicts.find((verdict) => verdict instanceof Error);
        if (error !== undefined) return Promise.reject(error);
        const held = attempts.filter((_, index) => verdicts[index] === true);
        return Promise.resolve(held.map(({ generation_id }) => generation_id));
      },
    },
    runtime,
    log: { warn: () => undefined },
  });
  const hold = (generation_id: string, { attempt = 1, leaseSeconds = 60 } = {}) =>
    keeper.hold({ generation_id, attempt }, { leaseSeconds, claimedAt: runtime.now() });
  /** Passes time in steps that let every waiter wake. */
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      runtime.advance(1_000);
      await settle();
    }
  }
  return { runtime, keeper, beats, hold, pass };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("LeaseKeeper hold beats four times a lease, until it is dropped", async () => {
  const { beats, hold, pass } = createSetup();
  const lease = hold(ID);
  await pass(60);
  assertEquals(beats.length, 4);
  lease.drop();
  await pass(60);
  assertEquals(beats.length, 4);
  assert(!lease.signal.aborted);
});

Deno.test("LeaseKeeper ends a job one beat before a lease that cannot be held", async () => {
  const { hold, pass } = createSetup(() => new Error("no database"));
  const { signal } = hold(ID);
  await pass(44);
  assert(!signal.aborted);
  await pass(1);
  assert(signal.aborted && signal.reason instanceof LeaseLostError);
});

Deno.test("LeaseKeeper counts an extended lease from when it was asked for, not from the answer", async () => {
  const runtime = createFakeRuntime();
  const answers: PromiseWithResolvers<string[]>[] = [];
  const keeper = createLeaseKeeper({
    store: {
      extendLeases() {
        const answer = Promise.withResolvers<string[]>();
        answers.push(answer);
        return answer.promise;
      },
    },
    runtime,
    log: { warn: () => undefined },
  });
  const attempt = { generation_id: ID, attempt: 1 };
  const { signal } = keeper.hold(attempt, { leaseSeconds: 60, claimedAt: runtime.now() });
  for (let second = 1; second <= 59; second++) {
    runtime.advance(1_000);
    await settle();
    // Asked after 15 s; no other answer comes.
    if (second === 40) answers[0]?.resolve([ID]);
  }
  assert(!signal.aborted);
  runtime.advance(1_000);
  await settle();
  assert(signal.aborted && signal.reason instanceof LeaseLostError);
});

Deno.test("LeaseKeeper ends a job whose lease is another's at the next beat", async () => {
  const { hold, pass } = createSetup(({ generation_id }) => generation_id === OTHER_ID);
  const [lost, held] = [hold(ID), hold(OTHER_ID)];
  await pass(15);
  assert(lost.signal.aborted);
  assert(!held.signal.aborted);
  held.drop();
  await settle();
});

Deno.test("LeaseKeeper lets a job finish what is paid for, without its lease and through a shutdown", async () => {
  const { keeper, hold, pass } = createSetup(() => false);
  const [without, through] = [hold(ID), hold(OTHER_ID)];
  through.letFinish();
  keeper.abandon(new Error("shutting down"));
  assert(without.signal.aborted);
  assert(!through.signal.aborted);
  await pass(15);
  assert(!through.signal.aborted);
});

Deno.test("LeaseKeeper ends an earlier attempt as soon as a later one is claimed here", async () => {
  // The database tells of generations: it would call the earlier attempt held for as long as the later one is.
  const { hold, pass } = createSetup();
  const earlier = hold(ID, { attempt: 1 });
  const later = hold(ID, { attempt: 2 });
  assert(earlier.signal.aborted && earlier.signal.reason instanceof LeaseLostError);
  await pass(30);
  assert(!later.signal.aborted);
  later.drop();
  await settle();
});

Deno.test("LeaseKeeper beats in time for a lease that is shorter than those before it", async () => {
  const { beats, hold, pass } = createSetup();
  const long = hold(ID, { leaseSeconds: 60 });
  await pass(1);
  const short = hold(OTHER_ID, { leaseSeconds: 4 });
  await pass(3);
  assert(beats.length >= 3, `${beats.length} beats in 3 s`);
  assert(!long.signal.aborted && !short.signal.aborted);
  await pass(20);
  assert(!long.signal.aborted && !short.signal.aborted);
  long.drop();
  short.drop();
  await settle();
});
