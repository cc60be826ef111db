// What the whole stack does while parts of it fail, told so by its control door. Realtime's part of the
// door is in lifecycle_test.ts, Redis's in limits_test.ts.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { until } from "../until.ts";
import { type Account, startWholeStack, type WholeStack } from "./whole_stack.ts";

let stack: WholeStack;

Deno.test.beforeAll(async () => {
  stack = await startWholeStack();
  // What takes ten seconds on a project takes one here; the sweep is the same.
  await stack.sql`select cron.schedule('sweep', '1 second', 'select private.sweep()')`;
});
// Whatever a test that failed has left behind.
Deno.test.beforeEach(async () => {
  await stack.door("PUT /openai/faults", []);
  await stack.door("PUT /s3/faults", "ok");
  await stack.door("PUT /webhooks", { mode: "deliver" });
  await stack.door("PUT /cron", { mode: "run" });
});
Deno.test.afterAll(() => stack?.stop());

/** A request the provider's stand-in has received. */
interface ImageRequest {
  started_at: string;
  finished_at: string | null;
  model: string;
  prompt: string;
  size: string;
  outcome: string;
}

async function requestsFor(prompt: string): Promise<ImageRequest[]> {
  const requests = await stack.door<ImageRequest[]>("GET /openai/requests");
  return requests.filter((request) => request.prompt === prompt);
}

/** Makes what waits for a backoff claimable, as time would, and rings. */
async function passBackoff(): Promise<void> {
  await stack.sql`update private.provider_state
    set rate_paused_until = null, concurrency_limit = null`;
  await stack.sql`
    update pgmq.q_generations as q set vt = now()
    where not exists (
      select 1 from public.generations as g
      join private.generation_attempts as a on a.generation_id = g.id and a.finished_at is null
      where g.message_id = q.msg_id)`;
  await stack.door("POST /webhooks/repeat", { times: 1 });
}

/** Waits for the end of a generation without waiting for its backoffs. */
async function untilFinished(account: Account, id: string): Promise<string> {
  return await until(`${id} is finished`, async () => {
    const { status } = await stack.look(account, id);
    if (status === "COMPLETED" || status === "FAILED") return status;
    await passBackoff();
    return undefined;
  });
}

Deno.test("the control door takes every line of the contract, and shows what it took", async () => {
  const faults = [
    { status: 429, code: "rate_limit_exceeded", retry_after: 1 },
    { hang: true },
    { drop: true },
    { malformed: true },
  ];
  const settings: [path: string, values: unknown[]][] = [
    ["/openai/latency", [{ ms: 200, jitter_ms: 0 }, { ms: 20, jitter_ms: 0 }]],
    ["/openai/faults", [faults, []]],
    ["/s3/faults", ["down", "hang", "ok"]],
    ["/webhooks", [{ mode: "drop" }, { mode: "deliver" }]],
    ["/cron", [{ mode: "stop" }, { mode: "run" }]],
  ];
  for (const [path, values] of settings) {
    for (const value of values) {
      assertEquals(await stack.door(`PUT ${path}`, value), value, path);
      assertEquals(await stack.door(`GET ${path}`), value, path);
    }
  }
  assertEquals(await stack.door("DELETE /openai/requests"), undefined);
  assertEquals(await stack.door("GET /openai/requests"), []);
  await stack.door("POST /realtime/drop");
  await stack.door("POST /functions/worker/kill");
});

Deno.test("the control door listens on loopback alone, and nothing under the gateway leads to it", async () => {
  const { hostname } = new URL(stack.variables.STACK_CONTROL_URL ?? "");
  assertEquals(hostname, "127.0.0.1");
  for (const path of ["/openai/latency", "/functions/v1/openai/latency"]) {
    const response = await fetch(`${stack.url}${path}`);
    await response.body?.cancel();
    assertEquals(response.status, 404);
  }
});

Deno.test("the provider takes the time it is told to, and its journal shows each request", async () => {
  await stack.door("PUT /openai/latency", { ms: 200, jitter_ms: 0 });
  const account = await stack.logIn();
  const prompt = "a slow fox";
  const id = await stack.accept(account, { prompt, size: "1536x1024" });
  await stack.untilStatus(account, id, "COMPLETED");
  await stack.door("PUT /openai/latency", { ms: 20 });
  const requests = await requestsFor(prompt);
  assertEquals(requests.length, 1);
  for (const { started_at, finished_at, model, size, outcome } of requests) {
    for (const time of [started_at, finished_at]) {
      assertMatch(time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    // A timer may be a millisecond early.
    assert(Date.parse(finished_at ?? "") - Date.parse(started_at) >= 199);
    assertEquals([model, size, outcome], ["gpt-image-2.6-flare", "1536x1024", "ok"]);
  }
  await stack.door("DELETE /openai/requests");
  assertEquals(await requestsFor(prompt), []);
});

Deno.test("the provider's faults are spent one a request, in order; the job outlives them", async () => {
  await stack.door("PUT /openai/faults", [
    { status: 429, code: "rate_limit_exceeded", retry_after: 1 },
    { status: 500 },
    { malformed: true },
  ]);
  const account = await stack.logIn();
  const id = await stack.accept(account, { prompt: "a tried fox" });
  assertEquals(await untilFinished(account, id), "COMPLETED");
  assertEquals(await stack.outcomes(id), ["rate", "transient", "transient", "completed"]);
  assertEquals(await stack.door("GET /openai/faults"), []);
  assertEquals((await requestsFor("a tried fox")).length, 4);
  assertEquals(await stack.credits(account), 19);
});

Deno.test("a provider that never answers holds the job until it lets go; then it is drawn", async () => {
  await stack.door("PUT /openai/faults", [{ hang: true }]);
  const account = await stack.logIn();
  const id = await stack.accept(account, { prompt: "a held fox" });
  await until("the provider is asked", async () => (await requestsFor("a held fox")).length === 1);
  assertEquals((await stack.look(account, id)).status, "PROCESSING");
  assertEquals(await stack.outcomes(id), [null]);
  await stack.door("PUT /openai/faults", []);
  assertEquals(await untilFinished(account, id), "COMPLETED");
  assertEquals(await stack.outcomes(id), ["transient", "completed"]);
});

for (const [fault, what] of [["down", "closes every socket"], ["hang", "never answers"]]) {
  Deno.test(`a bucket that ${what} is tried again with the picture in hand: it is paid for once`, async () => {
    await stack.door("PUT /s3/faults", fault);
    const account = await stack.logIn();
    const prompt = `a fox for a bucket that ${what}`;
    const id = await stack.accept(account, { prompt });
    await until("the picture is drawn", async () => (await requestsFor(prompt))[0]?.finished_at);
    assertEquals((await stack.look(account, id)).status, "PROCESSING");
    await stack.door("PUT /s3/faults", "ok");
    assertEquals(await untilFinished(account, id), "COMPLETED");
    assertEquals((await requestsFor(prompt)).length, 1);
  });
}

Deno.test("with every webhook lost the sweep alone finishes the job", async () => {
  await stack.stopCron();
  await stack.door("PUT /webhooks", { mode: "drop" });
  // Nobody who is still awake from the last job may find this one.
  await stack.door("POST /functions/worker/kill");
  const account = await stack.logIn();
  const id = await stack.accept(account);
  await until("the webhook is lost", async () => {
    const [row] = await stack.sql`select count(*)::int as waiting from net.http_request_queue`;
    return row?.waiting === 0;
  });
  assertEquals((await stack.look(account, id)).status, "PENDING");
  await stack.door("PUT /cron", { mode: "run" });
  await stack.untilStatus(account, id, "COMPLETED");
  assertEquals(await stack.door("GET /webhooks"), { mode: "drop" });
});

Deno.test("with the schedule stopped the webhook alone finishes the job", async () => {
  await stack.stopCron();
  await stack.door("POST /functions/worker/kill");
  const [before] = await stack.sql`select clock_timestamp() as at`;
  const account = await stack.logIn();
  const id = await stack.accept(account);
  await stack.untilStatus(account, id, "COMPLETED");
  const [runs] = await stack.sql`
    select count(*)::int from cron.job_run_details where start_time > ${before?.at}`;
  assertEquals(runs?.count, 0);
});

Deno.test("a raised max_concurrent is used at once, though no call ends and nothing sweeps", async () => {
  await stack.stopCron();
  await stack.sql`update private.settings set max_concurrent = 1, lease_seconds = 3`;
  await stack.door("PUT /openai/faults", [{ hang: true }]);
  const [first, second] = [await stack.logIn(), await stack.logIn()];
  const prompt = "a fox that takes its time";
  const slow = await stack.accept(first, { prompt });
  await until("the provider is asked", async () => (await requestsFor(prompt)).length === 1);
  const waiting = await stack.accept(second);
  assertEquals((await stack.look(second, waiting)).status, "PENDING");

  await stack.sql`update private.settings set max_concurrent = 10`;
  await stack.untilStatus(second, waiting, "COMPLETED");
  assertEquals((await stack.look(first, slow)).status, "PROCESSING");

  await stack.door("POST /functions/worker/kill");
  await stack.sql`update private.settings set lease_seconds = 60`;
  await stack.door("PUT /cron", { mode: "run" });
  await stack.untilStatus(first, slow, "COMPLETED");
});

Deno.test("a job whose worker is killed in the middle is taken over: drawn again, charged once", async () => {
  await stack.sql`update private.settings set lease_seconds = 3`;
  await stack.door("PUT /openai/faults", [{ hang: true }]);
  const account = await stack.logIn();
  const prompt = "a fox of two workers";
  const id = await stack.accept(account, { prompt });
  await until("the provider is asked", async () => (await requestsFor(prompt)).length === 1);
  await stack.door("POST /functions/worker/kill");
  assertEquals(await stack.outcomes(id), [null]);
  // The next one is given time, however slow this machine is; nobody has touched the dead one's lease.
  await stack.sql`update private.settings set lease_seconds = 60`;
  const state = await stack.untilStatus(account, id, "COMPLETED", "FAILED");
  assertEquals([state.status, state.attempt], ["COMPLETED", 2]);
  assertEquals(await stack.outcomes(id), ["lost", "completed"]);
  assertEquals((await requestsFor(prompt)).length, 2);
  assertEquals(await stack.credits(account), 19);
});

Deno.test("a worker killed once its picture is stored is taken over without another call", async () => {
  // The put is done and its answer lost; the worker asks again, hears nothing, and dies.
  await stack.door("PUT /s3/faults", [
    { lose_answer: true, method: "PUT" },
    { hang: true, method: "PUT", times: 99 },
  ]);
  const account = await stack.logIn();
  const prompt = "a fox that was stored";
  const id = await stack.accept(account, { prompt });
  const { AWS_ENDPOINT_URL_S3, AWS_BUCKET_NAME } = stack.variables;
  const url = `${AWS_ENDPOINT_URL_S3}/${AWS_BUCKET_NAME}/generations/${id}.png`;
  await until("the picture is stored", async () => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  });
  await stack.door("POST /functions/worker/kill");
  await stack.door("PUT /s3/faults", "ok");
  assertEquals(await stack.outcomes(id), [null]);
  // As time would.
  await stack.sql`update private.generation_attempts set lease_expires_at = now()
    where generation_id = ${id}`;
  const state = await stack.untilStatus(account, id, "COMPLETED", "FAILED");
  assertEquals([state.status, state.public_url], ["COMPLETED", url]);
  assertEquals(await stack.outcomes(id), ["lost", "recovered"]);
  assertEquals((await requestsFor(prompt)).length, 1);
});
