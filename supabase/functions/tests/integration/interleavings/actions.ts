/** What one session may do in a step: the calls of the functions, the operator and the schedule, and time passing. */
import {
  drawInteger,
  drawOne,
  drawSome,
  type HeldJob,
  noteEnd,
  type Random,
  type World,
} from "./world.ts";

type Action = (world: World, random: Random) => Promise<unknown>;

const WORKERS = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const FAILURES = ["permanent", "transient", "storage", "rate", "money", "interrupted", "released"];

async function submit({ api, users, generations }: World, random: Random): Promise<void> {
  const owners = new Map(
    (await api`select id, user_id from public.generations`).map(({ id, user_id }) => [id, user_id]),
  );
  const submissions = Array.from({ length: 1 + drawInteger(random, 5) }, () => {
    const key = random() < 0.5 ? null : `key-${drawInteger(random, 2)}`;
    // Now and then one that was accepted before: sent again by the network stack.
    const again = random() < 0.1 ? drawOne(random, generations) : undefined;
    return {
      generation_id: again ?? crypto.randomUUID(),
      user_id: again === undefined ? drawOne(random, users)?.id : owners.get(again),
      prompt: "a fox",
      size: "1024x1024",
      quality: "low",
      output_format: "png",
      idempotency_key: key,
      request_hash: key && "hash",
    };
  });
  const [row] = await api`select public.submit_generations(${api.json(submissions as never)}) as s`;
  row?.s.forEach((result: { answer?: { id: string } } | null, index: number) => {
    // Refused, or busy.
    if (!result?.answer) return;
    const { generation_id: asked, idempotency_key: key } = submissions[index] ?? {};
    if (result.answer.id !== asked && !key) {
      throw new Error(`The answer to ${asked} is that to ${result.answer.id}`);
    }
    if (!generations.includes(result.answer.id)) generations.push(result.answer.id);
  });
}

async function claim({ api, jobs }: World, random: Random): Promise<void> {
  const worker = drawOne(random, WORKERS) ?? "";
  const finished = drawSome(random, jobs.filter((job) => job.worker === worker));
  const [row] = await api`
    select public.claim_generations(
      ${worker}, ${1 + drawInteger(random, 3)}, ${api.json(finished as never)}) as c`;
  for (const { generation_id, attempt } of row?.c.jobs ?? []) {
    const isTaken = jobs.some((job) =>
      job.generation_id === generation_id && job.attempt === attempt
    );
    if (isTaken) throw new Error(`Attempt ${attempt} of ${generation_id} was claimed twice`);
    jobs.push({ generation_id, attempt, worker });
  }
}

async function extend({ api, jobs, passed }: World, random: Random): Promise<void> {
  const worker = drawOne(random, WORKERS) ?? "";
  const asked = drawSome(random, jobs.filter((job) => job.worker === worker));
  const [alive, dead] = [new Set<string>(), new Set<string>()];
  for (const job of asked) (passed.has(job) ? dead : alive).add(job.generation_id);
  const [row] = await api`select public.extend_leases(${worker}, ${api.json(asked as never)}) as e`;
  const revived = row?.e.filter((id: string) => dead.has(id) && !alive.has(id));
  if (revived.length > 0) throw new Error(`A lease that had run out was revived: ${revived}`);
}

async function complete(world: World, random: Random): Promise<void> {
  const job = drawOne(random, world.jobs);
  if (job === undefined) return;
  const [row] = await world.api`
    select public.complete_generation(
      ${job.generation_id}, ${job.attempt}, 'https://example.com/1.png', ${random() < 0.2}) as c`;
  if (row?.c.outcome !== "completed") return;
  noteEnd(world, job.generation_id, "completed");
  await expectOutcome(world, job, ["completed", "recovered"]);
}

async function fail(world: World, random: Random): Promise<void> {
  const job = drawOne(random, world.jobs);
  if (job === undefined) return;
  const kind = drawOne(random, FAILURES) ?? "";
  const [row] = await world.api`
    select public.fail_generation(
      ${job.generation_id}, ${job.attempt}, ${kind},
      'provider_unavailable', 'a test', 0, ${random() < 0.5 ? 0 : null}) as f`;
  if (row?.f.outcome === "failed") noteEnd(world, job.generation_id, "failed");
  if (row?.f.outcome !== "stale") await expectOutcome(world, job, [kind]);
}

/** The fence: who is told that the word counted, spoke for the attempt that ended by it. */
async function expectOutcome({ admin }: World, job: HeldJob, wanted: string[]): Promise<void> {
  const [row] = await admin`
    select outcome from private.generation_attempts
    where generation_id = ${job.generation_id} and attempt = ${job.attempt}`;
  if (!wanted.includes(row?.outcome)) {
    throw new Error(`Attempt ${job.attempt} is "${row?.outcome}", its worker was told "${wanted}"`);
  }
}

async function cancel({ api, users, generations }: World, random: Random): Promise<void> {
  const id = drawOne(random, generations);
  const user = drawOne(random, users);
  if (id === undefined || user === undefined) return;
  await api`select public.delete_generation(${user.id}, null, ${id})`;
}

async function requeue({ admin, generations }: World, random: Random): Promise<void> {
  const id = drawOne(random, generations);
  if (id === undefined) return;
  const [row] = await admin`select admin.requeue_generation(${id}, 'a test') as id`;
  if (!generations.includes(row?.id)) generations.push(row?.id);
}

async function sweep({ admin }: World): Promise<void> {
  const [row] = await admin`select private.sweep() as s`;
  if (row?.s.failed) throw new Error(`Steps of the sweep failed: ${row.s.failed}`);
}

async function passLease(world: World, random: Random): Promise<void> {
  const { admin, jobs, passed } = world;
  const job = drawOne(random, jobs);
  if (job === undefined) return;
  await admin`
    update private.generation_attempts
    set lease_expires_at = clock_timestamp() - interval '1 second'
    where generation_id = ${job.generation_id} and attempt = ${job.attempt} and finished_at is null`;
  passed.add(job);
  // The message becomes visible with it, as it does in time.
  await passVisibility(world);
}

async function passVisibility({ admin }: World): Promise<void> {
  await admin`
    update pgmq.q_generations set vt = clock_timestamp()
    where msg_id in (select msg_id from pgmq.q_generations order by msg_id for update skip locked)`;
}

async function passQueueTime({ admin }: World): Promise<void> {
  await admin`
    update public.generations
    set created_at = created_at - interval '1 day', started_at = started_at - interval '1 day'
    where id in (
      select id from public.generations where finished_at is null order by user_id, id for no key update skip locked)`;
  // skip locked: two sessions that pass the time at once must not wait for one another.
  await admin`
    update private.generation_attempts as a set finished_at = a.finished_at - interval '1 day'
    from (
      select generation_id, attempt from private.generation_attempts
      where finished_at is not null and claimed_at > clock_timestamp() - interval '10 seconds'
      for no key update skip locked
    ) as ended
    where a.generation_id = ended.generation_id and a.attempt = ended.attempt`;
}

async function loseMessage(world: World): Promise<void> {
  world.messagesMayBeLost = true;
  await world.admin`
    delete from pgmq.q_generations
    where msg_id in (select msg_id from pgmq.q_generations order by random() limit 1 for update skip locked)`;
}

async function grant({ admin, users }: World, random: Random): Promise<void> {
  const user = drawOne(random, users);
  if (user === undefined) return;
  await admin`select admin.grant_credits(${user.telegramId}, ${
    drawInteger(random, 5) - 2
  }, 'a test')`;
}

async function goodwill({ admin, generations }: World, random: Random): Promise<void> {
  const id = drawOne(random, generations);
  if (id !== undefined) await admin`select admin.refund_generation(${id}, 'a test')`;
}

async function resume({ admin }: World): Promise<void> {
  await admin`select admin.resume()`;
}

/** Every action with its weight. */
const ACTIONS: readonly (readonly [weight: number, name: string, action: Action])[] = [
  [10, "submit", submit],
  [8, "claim", claim],
  [5, "extend", extend],
  [5, "complete", complete],
  [5, "fail", fail],
  [3, "cancel", cancel],
  [2, "requeue", requeue],
  [3, "sweep", sweep],
  [3, "pass the lease", passLease],
  [2, "pass the visibility timeout", passVisibility],
  [1, "pass the queue time", passQueueTime],
  [1, "lose a message", loseMessage],
  [1, "grant", grant],
  [1, "refund by goodwill", goodwill],
  [2, "resume", resume],
];

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** Draws an action. */
export function drawAction(random: Random): { name: string; act: Action } {
  let left = random() * TOTAL;
  for (const [weight, name, act] of ACTIONS) {
    left -= weight;
    if (left < 0) return { name, act };
  }
  return { name: "sweep", act: sweep };
}
