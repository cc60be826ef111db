/** The worker: what becomes of a job whatever the provider, the bucket and other workers do. Real queue, real rows. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inspectImage } from "../_shared/images/inspect.ts";
import { type Account, type Backend, startBackend } from "./backend.ts";
import { required } from "./required.ts";
import { until } from "./until.ts";

interface Row {
  status: string;
  attempt: number;
  public_url: string | null;
  error_code: string | null;
  message_id: string | null;
}

async function submit(backend: Backend, account: Account, body: object = {}): Promise<string> {
  const response = await backend.send("generation", {
    method: "POST",
    token: account.token,
    body: { prompt: "a red fox", quality: "low", ...body },
  });
  assertEquals(response.status, 202);
  return (await response.json()).id;
}

async function rowOf({ sql }: Backend, id: string): Promise<Row> {
  const [row] = await sql<Row[]>`
    select status, attempt, public_url, error_code, message_id
    from public.generations where id = ${id}`;
  return required(row, "row");
}

async function outcomesOf({ sql }: Backend, id: string): Promise<string[]> {
  const rows = await sql<{ outcome: string }[]>`
    select outcome from private.generation_attempts where generation_id = ${id} order by attempt`;
  return rows.map(({ outcome }) => outcome);
}

async function balanceOf({ sql }: Backend, account: Account): Promise<number> {
  const [row] = await sql<{ credits: number }[]>`
    select credits from public.users where id = ${account.id}`;
  return row?.credits ?? NaN;
}

/** Makes everything that waits for a backoff claimable, as time would. */
async function passBackoff({ sql }: Backend): Promise<void> {
  await sql`update pgmq.q_generations set vt = now()`;
  await sql`update private.provider_state set rate_paused_until = null, concurrency_limit = null`;
}

/** One backend for the file; each test has users and jobs of its own. */
async function withBackend(test: (backend: Backend) => Promise<void>): Promise<void> {
  await using backend = await startBackend();
  await test(backend);
  assertEquals(await backend.violations(), []);
}

Deno.test("worker completes a job: the stored picture is the one drawn, at its public URL", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const id = await submit(backend, account, { size: "1536x1024", output_format: "webp" });
    await backend.work();
    const row = await rowOf(backend, id);
    assertEquals(row.status, "COMPLETED");
    assertEquals(row.attempt, 1);
    assertEquals(row.message_id, null);
    assertMatch(row.public_url ?? "", new RegExp(`/pixelpop/generations/${id}\\.webp$`));
    const picture = await fetch(row.public_url ?? "");
    assertEquals(picture.status, 200);
    assertEquals(picture.headers.get("content-type"), "image/webp");
    assertEquals((await picture.bytes()).subarray(8, 12), new TextEncoder().encode("WEBP"));
    assertEquals([...await backend.sql`select * from pgmq.q_generations`], []);
    assertEquals(await outcomesOf(backend, id), ["completed"]);
    assertEquals(await balanceOf(backend, account), 19);
  }));

Deno.test("worker retries after 500, 503 and a dropped socket, then completes", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set max_attempts = 5`;
    backend.openai.setFaults([
      { status: 500 },
      { drop: true },
      { status: 503 },
      { status: 500 },
    ]);
    const id = await submit(backend, await backend.logIn());
    for (let attempt = 1; attempt <= 5; attempt++) {
      await backend.work();
      await passBackoff(backend);
    }
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(await outcomesOf(backend, id), [
      "transient",
      "transient",
      "transient",
      "transient",
      "completed",
    ]);
    assertEquals(backend.openai.requests().length, 5);
  }));

Deno.test("worker fails a job after max_attempts, refunds it and keeps the dead letter", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set max_attempts = 2`;
    backend.openai.setFaults([{ status: 500, times: 9 }]);
    const account = await backend.logIn();
    const id = await submit(backend, account);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await backend.work();
      await passBackoff(backend);
    }
    const row = await rowOf(backend, id);
    assertEquals([row.status, row.error_code], ["FAILED", "provider_unavailable"]);
    assertEquals(backend.openai.requests().length, 2);
    assertEquals(await balanceOf(backend, account), 20);
    const [letter] = await backend.sql`select message from pgmq.a_generations`;
    assertEquals(letter?.message.generation_id, id);
    assertEquals(letter?.message.error_code, "provider_unavailable");
  }));

Deno.test("worker fails a moderated prompt at once: one call, no retry, refunded", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const id = await submit(backend, account, { prompt: "[moderation] something" });
    await backend.work();
    const row = await rowOf(backend, id);
    assertEquals([row.status, row.error_code, row.attempt], ["FAILED", "moderation_blocked", 1]);
    assertEquals(backend.openai.requests().length, 1);
    assertEquals(await balanceOf(backend, account), 20);
  }));

Deno.test("worker pauses the provider for want of money: the job keeps its attempts, submissions get 503", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set max_attempts = 1`;
    backend.openai.setFaults([{ status: 429, code: "insufficient_quota" }]);
    const account = await backend.logIn();
    const id = await submit(backend, account);
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "PROCESSING");
    const refused = await backend.send("generation", {
      method: "POST",
      token: account.token,
      body: { prompt: "another" },
    });
    assertEquals(refused.status, 503);
    assertEquals((await refused.json()).code, "generation_paused");
    assert(Number(refused.headers.get("retry-after")) >= 1);
    assertEquals(await balanceOf(backend, account), 19);
    await backend.sql`select admin.resume(note => 'funds are back')`;
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(await outcomesOf(backend, id), ["money", "completed"]);
  }));

Deno.test("worker skips a retired model: one failed call for all jobs, not one a job", () =>
  withBackend(async (backend) => {
    backend.openai.setRetiredModels(["gpt-image-2.6-flare"]);
    const account = await backend.logIn();
    const ids = [await submit(backend, account)];
    await backend.work();
    ids.push(await submit(backend, account), await submit(backend, account));
    await backend.work();
    for (const id of ids) assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    const models = backend.openai.requests().map(({ model }) => model);
    assertEquals(models.filter((model) => model === "gpt-image-2.6-flare").length, 1);
    assertEquals(models.length, 4);
  }));

Deno.test("worker obeys Retry-After: nobody starts before, and the pace is halved", () =>
  withBackend(async (backend) => {
    backend.openai.setFaults([{ status: 429, code: "rate_limit_exceeded", retry_after: 30 }]);
    const id = await submit(backend, await backend.logIn());
    await backend.work();
    const [state] = await backend.sql`
      select extract(epoch from rate_paused_until - now())::float as wait, concurrency_limit
      from private.provider_state`;
    const { wait, concurrency_limit } = required(state);
    assert(wait > 25 && wait <= 30, `paused for ${wait} s`);
    assertEquals(concurrency_limit, 5);
    assertEquals(await outcomesOf(backend, id), ["rate"]);
    await backend.work();
    assertEquals(backend.openai.requests().length, 1);
  }));

Deno.test("worker tries an unreachable bucket again with the picture in hand: one billed call", () =>
  withBackend(async (backend) => {
    backend.s3.setFaults([{ status: 500 }, { drop: true }, { status: 503 }]);
    const id = await submit(backend, await backend.logIn());
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(backend.openai.requests().length, 1);
  }));

Deno.test("worker finds the picture of an attempt that died before completing: no second call", () =>
  withBackend(async (backend) => {
    const { sql } = backend;
    const id = await submit(backend, await backend.logIn());
    await backend.work();
    // As if the worker had died between the put and complete_generation.
    await sql.begin(async (tx) => {
      await tx`alter table public.generations disable trigger generations_transition_is_guarded`;
      const [sent] = await tx`select private.send_generation(${id}) as id`;
      await tx`
        update public.generations
        set status = 'PROCESSING', public_url = null, finished_at = null, message_id = ${
        required(sent).id
      }
        where id = ${id}`;
      await tx`alter table public.generations enable trigger generations_transition_is_guarded`;
    });
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(await outcomesOf(backend, id), ["completed", "recovered"]);
    assertEquals(backend.openai.requests().length, 1);
  }));

Deno.test("worker gives its job back at shutdown; another one finishes it", () =>
  withBackend(async (backend) => {
    backend.openai.setLatency({ ms: 10_000 });
    const id = await submit(backend, await backend.logIn());
    const dying = backend.startWorker();
    dying.ring();
    while (backend.openai.requests().length === 0) await new Promise((done) => setTimeout(done, 5));
    await dying.shutDown();
    assertEquals(await outcomesOf(backend, id), ["interrupted"]);
    backend.openai.setLatency({ ms: 10 });
    await passBackoff(backend);
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
  }));

Deno.test("worker takes no more than max_concurrent at a time, also two workers together", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set max_concurrent = 3`;
    for (let user = 0; user < 10; user++) await submit(backend, await backend.logIn());
    await Promise.all([backend.work(backend.startWorker()), backend.work(backend.startWorker())]);
    const spans = backend.openai.requests().map(({ started_at, finished_at }) => ({
      from: Date.parse(started_at),
      to: Date.parse(finished_at ?? ""),
    }));
    assertEquals(spans.length, 10);
    for (const { from } of spans) {
      const inFlight = spans.filter((span) => span.from <= from && from < span.to).length;
      assert(inFlight <= 3, `${inFlight} in flight`);
    }
  }));

Deno.test("worker refuses what is no picture, and tries once more", () =>
  withBackend(async (backend) => {
    backend.openai.setFaults([{ not_an_image: true }]);
    const id = await submit(backend, await backend.logIn());
    for (let attempt = 1; attempt <= 2; attempt++) {
      await backend.work();
      await passBackoff(backend);
    }
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(await outcomesOf(backend, id), ["transient", "completed"]);
    const untold = await backend.sql`
      select attempt, model, latency_ms from private.generation_attempts
      where generation_id = ${id} and (model is null or latency_ms is null)`;
    assertEquals([...untold], []);
  }));

Deno.test("worker keeps a picture of another size, and tells the row its real one", () =>
  withBackend(async (backend) => {
    backend.openai.setFaults([{ wrong_size: true }]);
    const id = await submit(backend, await backend.logIn(), { size: "1536x1024" });
    await backend.work();
    const [row] = await backend.sql`
      select status, size, width, height from public.generations where id = ${id}`;
    assertEquals({ ...row }, { status: "COMPLETED", size: "1536x1024", width: 512, height: 512 });
    assertEquals(backend.openai.requests().length, 1);
    assert(backend.runtime.lines.join().includes("other_picture"));
  }));

Deno.test("worker buys a picture twice at most, then fails the job and refunds it", () =>
  withBackend(async (backend) => {
    backend.openai.setFaults([{ empty: true }, { malformed: true }, { status: 500, times: 9 }]);
    const account = await backend.logIn();
    const id = await submit(backend, account);
    for (let attempt = 1; attempt <= 3; attempt++) {
      await backend.work();
      await passBackoff(backend);
    }
    assertEquals((await rowOf(backend, id)).status, "FAILED");
    assertEquals(backend.openai.requests().length, 2);
    assertEquals(await balanceOf(backend, account), 20);
  }));

Deno.test("worker pauses for a parameter the provider refuses: no job fails, nothing is charged meanwhile", () =>
  withBackend(async (backend) => {
    backend.openai.setFaults([{ status: 400, code: "invalid_value", param: "quality" }]);
    const id = await submit(backend, await backend.logIn());
    await backend.work();
    const [health] = await backend.sql`select pause_kind, pause_note from admin.queue_health`;
    assertEquals(health?.pause_kind, "configuration");
    assertMatch(health?.pause_note, /^400 invalid_value \(quality\): /);
    const other = await backend.logIn();
    const response = await backend.send("generation", {
      method: "POST",
      token: other.token,
      body: { prompt: "a fox", quality: "low" },
    });
    const { code } = await response.json();
    assertEquals([response.status, code], [503, "generation_paused"]);
    assertEquals(await balanceOf(backend, other), 20);
    await backend.sql`update private.provider_state set paused_until = now() where singleton`;
    await backend.sql`update pgmq.q_generations set vt = now() where true`;
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(await outcomesOf(backend, id), ["configuration", "completed"]);
  }));

Deno.test("worker asks once for the list of models, and the operator sees which end", () =>
  withBackend(async (backend) => {
    await submit(backend, await backend.logIn());
    await backend.work();
    await backend.work();
    const [health] = await backend.sql`select models from admin.queue_health`;
    assertEquals(
      health?.models.map((
        row: { model: string; is_listed: boolean },
      ) => [row.model, row.is_listed]),
      [["gpt-image-2", true], ["gpt-image-2.5-flare", true], ["gpt-image-2.6-flare", true]],
    );
  }));

Deno.test("worker shows previews while it generates, and removes them at the end", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set partial_images = 2`;
    backend.openai.setFaults([{ stall_stream: true }]);
    const id = await submit(backend, await backend.logIn());
    const working = backend.work();
    // The second is left out where the first took the worker's time for previews.
    const readAnnounced = () =>
      backend.sql<{ payload: { id: string; preview_url: string } }[]>`
        select payload from realtime.messages where payload ? 'preview_url' order by inserted_at`;
    let announced = await until("a preview", async () => {
      const messages = await readAnnounced();
      return messages.length > 0 && messages;
    });
    for (const [index, { payload }] of announced.entries()) {
      assertEquals(payload.id, id);
      // The PNG the provider sent is made small.
      assert(payload.preview_url.endsWith(`/previews/${id}/${index}.jpeg`), payload.preview_url);
      const response = await fetch(payload.preview_url);
      assertEquals(response.headers.get("content-type"), "image/jpeg");
      const preview = inspectImage(await response.bytes());
      assertEquals(preview, { format: "jpeg", width: 512, height: 512 });
    }
    backend.openai.setFaults([]);
    await working;
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    announced = await readAnnounced();
    for (const { payload } of announced) {
      const response = await fetch(payload.preview_url);
      await response.body?.cancel();
      assert(response.status >= 403, "the preview is still there");
    }
    assertEquals([...await backend.sql`select * from private.generation_previews`], []);
    assertEquals([...await backend.sql`select * from private.object_deletions`], []);
  }));

Deno.test("worker streams nothing and stores nothing beside the picture with partial_images 0", () =>
  withBackend(async (backend) => {
    backend.openai.clearRequests();
    backend.s3.clearJournal();
    const id = await submit(backend, await backend.logIn());
    await backend.work();
    const puts = backend.s3.journal().filter(({ method }) => method === "PUT");
    assertEquals(puts.map(({ key }) => key), [`generations/${id}.png`]);
    assertEquals(backend.openai.requests().map(({ stream }) => stream), [false]);
    assertEquals([
      ...await backend.sql`select 1 from realtime.messages where payload ? 'preview_url'`,
    ], []);
  }));

Deno.test("worker takes a stream that breaks for the ambiguous case: no charge is lost, the next attempt completes", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set partial_images = 1`;
    backend.openai.setFaults([{ break_stream: true }]);
    const id = await submit(backend, await backend.logIn());
    await backend.work();
    await passBackoff(backend);
    await backend.work();
    assertEquals((await rowOf(backend, id)).status, "COMPLETED");
    assertEquals(await outcomesOf(backend, id), ["transient", "completed"]);
  }));
