/** `fanout`: one ring fills every slot by several worker instances, and all of them rest when the queue is empty. */
import { generateAll } from "./filled_queue.ts";
import { maxInFlight, readProviderCalls } from "./provider_journal.ts";
import { ringsAndClaims } from "./rings.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { median } from "../statistics.ts";
import { type Route, startWorkerFleet } from "./worker_fleet.ts";

export const fanout: Scenario = {
  name: "fanout",
  about:
    "four worker instances of 16 jobs: from one ring to all slots in use, and the rest after it",
  run,
};

const INSTANCES = 4;
/** The last second look takes half a second; an idle session of Postgres reports its counts after ten. */
const SETTLING_MS = 12_000;

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick } = bench;
  const size = isQuick
    ? { ramps: { turn: 1, random: 1 }, capacity: 2, latencyMs: 300, restSeconds: 2 }
    : { ramps: { turn: 3, random: 6 }, capacity: 16, latencyMs: 6_000, restSeconds: 25 };
  const slots = INSTANCES * size.capacity;
  await stack.configure({ max_concurrent: slots, max_queue_seconds: 100_000 });
  await stack.control.put("/openai/latency", { ms: size.latencyMs });
  await using fleet = await startWorkerFleet(stack, {
    instances: INSTANCES,
    capacity: size.capacity,
  });
  await generateAll(bench, { jobs: slots, perUser: 1, prefix: "warm up" });

  const figures: Figure[] = [];
  for (const route of ["turn", "random"] satisfies Route[]) {
    await fleet.routeBy(route);
    const ramps: Ramp[] = [];
    for (let n = 1; n <= size.ramps[route]; n++) {
      ramps.push(await ramp(bench, `${route} ${n}`, slots));
    }
    figures.push(...figuresOf(ramps, { slots, name: route === "turn" ? "in turn" : "at random" }));
  }
  return [...figures, ...await rest(bench, size.restSeconds)];
}

/** What one ring led to. */
interface Ramp {
  /** Until every slot was in use, by the provider's journal, in milliseconds. */
  fullAfterMs: number;
  mostInFlight: number;
  calls: number;
  rings: number;
}

/** As many jobs as there are slots: none is started because another ended. */
async function ramp(bench: Bench, prefix: string, slots: number): Promise<Ramp> {
  const { stack } = bench;
  await stack.control.delete("/openai/requests");
  const before = await ringsAndClaims(stack);
  const rangAt = await generateAll(bench, { jobs: slots, perUser: 1, prefix });
  const calls = await readProviderCalls(stack);
  const after = await ringsAndClaims(stack);
  return {
    fullAfterMs: (calls.at(-1)?.startedAt ?? NaN) - rangAt,
    mostInFlight: maxInFlight(calls),
    calls: calls.length,
    rings: after.rings - before.rings,
  };
}

function figuresOf(
  ramps: readonly Ramp[],
  { slots, name }: { slots: number; name: string },
): Figure[] {
  const all = (pick: (ramp: Ramp) => number) => ramps.map(pick);
  const times = all((it) => it.fullAfterMs);
  return [
    { name: `ring to all slots in use, ${name}, median`, value: median(times), unit: "ms" },
    { name: `ring to all slots in use, ${name}, longest`, value: Math.max(...times), unit: "ms" },
    { name: `rings for it, ${name}, most`, value: Math.max(...all((it) => it.rings)), unit: "" },
    mustBeZero(
      `in flight beyond max_concurrent, ${name}`,
      Math.max(0, ...all((it) => it.mostInFlight - slots)),
    ),
    mustBeZero(
      `jobs not generated exactly once, ${name}`,
      Math.max(...all((it) => Math.abs(it.calls - slots))),
    ),
  ];
}

/** Rings and claims once nothing is left: a worker that spins shows here. */
async function rest({ stack, say }: Bench, seconds: number): Promise<Figure[]> {
  say(`nothing is left: claims are counted for ${seconds} s`);
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  const before = await countDoorbellUpdates(stack.sql);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return [
    mustBeZero("rings and claims at rest", await countDoorbellUpdates(stack.sql) - before),
  ];
}

/** Every ring and every claim writes its time to `private.doorbell`. */
async function countDoorbellUpdates(sql: Bench["stack"]["sql"]): Promise<number> {
  const [row] = await sql`
    select n_tup_upd::integer as updates from pg_stat_user_tables
    where schemaname = 'private' and relname = 'doorbell'`;
  return row?.updates;
}
