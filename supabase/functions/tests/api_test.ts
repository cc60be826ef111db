/** The HTTP contract of the functions, status by status, over the real database. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Account, type Backend, type SendOptions, startBackend } from "./backend.ts";

const UNKNOWN_ID = "00000000-0000-4000-8000-00000000dead";

async function withBackend(test: (backend: Backend) => Promise<void>): Promise<void> {
  await using backend = await startBackend();
  await backend.sql`update private.settings set rate_limit_per_minute = 1000`;
  await test(backend);
  assertEquals(await backend.violations(), []);
}

function submit(backend: Backend, account: Account, options: SendOptions = {}): Promise<Response> {
  return backend.send("generation", {
    method: "POST",
    token: account.token,
    body: { prompt: "a red fox", quality: "low" },
    ...options,
  });
}

/** Asserts the status, the code, and the shape every error has. */
async function assertRefused(response: Response, status: number, code: string): Promise<void> {
  const body = await response.json();
  assertEquals([response.status, body.code], [status, code]);
  assertEquals(Object.keys(body).sort(), ["code", "message", "request_id"]);
  assertEquals(body.request_id, response.headers.get("x-request-id"));
  assert(body.message.length > 0);
}

Deno.test("POST /generation answers 202 with the contract's body and headers", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const response = await submit(backend, account);
    assertEquals(response.status, 202);
    const body = await response.json();
    assertEquals(Object.keys(body).sort(), [
      "channel",
      "created_at",
      "credits",
      "id",
      "poll_after_ms",
      "queue",
      "status",
    ]);
    assertEquals([body.status, body.credits, body.queue.position], ["PENDING", 19, 1]);
    assertEquals(body.channel, `user:${account.id}`);
    assert(body.queue.eta_seconds > 0 && body.poll_after_ms > 0);
    assert(response.headers.get("location")?.endsWith(`/generation/${body.id}`));
    assert(Number(response.headers.get("retry-after")) >= 1);
    assertEquals(response.headers.get("ratelimit-limit"), "1000");
    assertEquals(response.headers.get("ratelimit-remaining"), "999");
    assertMatch(response.headers.get("ratelimit-reset") ?? "", /^[1-9]\d*$/);
  }));

Deno.test("POST /generation applies the defaults: 1024x1024, medium, png, 4 credits", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const { id, credits } = await (await submit(backend, account, { body: { prompt: " fox " } }))
      .json();
    assertEquals(credits, 16);
    const state = await (await backend.send(`generation/${id}`, { token: account.token })).json();
    assertEquals(
      [state.prompt, state.size, state.quality, state.output_format],
      ["fox", "1024x1024", "medium", "png"],
    );
  }));

Deno.test("POST /generation answers 400 to every malformed body, and charges nothing", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const bodies: unknown[] = [
      "not json",
      "[]",
      "null",
      "{}",
      { prompt: "" },
      { prompt: "   " },
      { prompt: 7 },
      { prompt: null },
      { prompt: "a\0b" },
      { prompt: "x".repeat(4001) },
      '{"prompt":"\\ud800"}',
      { prompt: "fox", size: "512x512" },
      { prompt: "fox", size: null },
      { prompt: "fox", quality: "best" },
      { prompt: "fox", output_format: "gif" },
      { prompt: "fox", n: 2 },
      { prompt: "fox", __proto__x: 1 },
    ];
    for (const body of bodies) {
      await assertRefused(await submit(backend, account, { body }), 400, "invalid_request");
    }
    const long = { "idempotency-key": "k".repeat(256) };
    await assertRefused(
      await submit(backend, account, { headers: long }),
      400,
      "invalid_request",
    );
    assertEquals([...await backend.sql`select * from public.generations`], []);
  }));

Deno.test("POST /generation takes 4,000 characters, counted as people count them", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const body = { prompt: "🦊".repeat(4000), quality: "low" };
    assertEquals((await submit(backend, account, { body })).status, 202);
  }));

Deno.test("POST /generation answers 413 over 64 KiB", () =>
  withBackend(async (backend) => {
    const body = { prompt: "x".repeat(70_000) };
    const account = await backend.logIn();
    await assertRefused(await submit(backend, account, { body }), 413, "payload_too_large");
  }));

Deno.test("every route answers 401 without a token, with a forged one, and after logout", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const [header, payload] = account.token.split(".");
    const forged = `${header}.${payload}.${"A".repeat(43)}`;
    const logout = await backend.send("auth/logout", { method: "POST", token: account.token });
    assertEquals(logout.status, 204);
    const routes = [["POST", "generation"], ["GET", "generation"], [
      "GET",
      `generation/${UNKNOWN_ID}`,
    ], ["DELETE", `generation/${UNKNOWN_ID}`]];
    for (const [method = "", path = ""] of routes) {
      for (const token of [undefined, "x", forged, account.token]) {
        const response = await backend.send(path, {
          method,
          ...(token && { token }),
          ...(method === "POST" && { body: { prompt: "fox" } }),
        });
        await assertRefused(response, 401, "unauthorized");
      }
    }
  }));

Deno.test("POST /generation answers 402 without credits, and takes none", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const body = { prompt: "fox", quality: "high" };
    assertEquals((await submit(backend, account, { body })).status, 202);
    await assertRefused(await submit(backend, account, { body }), 402, "insufficient_credits");
    const [row] = await backend.sql`select credits from public.users`;
    assertEquals(row?.credits, 5);
  }));

Deno.test("POST /generation answers 429 rate_limited with the headers of the bucket", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set rate_limit_per_minute = 2`;
    const account = await backend.logIn();
    const statuses = [];
    for (let request = 0; request < 2; request++) {
      statuses.push((await submit(backend, account)).status);
    }
    assertEquals(statuses, [202, 202]);
    const refused = await submit(backend, account);
    assertEquals(refused.headers.get("ratelimit-limit"), "2");
    assertEquals(refused.headers.get("ratelimit-remaining"), "0");
    const wait = Number(refused.headers.get("retry-after"));
    assert(wait >= 1 && wait <= 30, `Retry-After ${wait}`);
    await assertRefused(refused, 429, "rate_limited");
    const other = await backend.logIn();
    assertEquals((await submit(backend, other)).status, 202);
  }));

Deno.test("POST /generation answers 429 too_many_pending", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set max_pending_per_user = 2`;
    const account = await backend.logIn();
    await submit(backend, account);
    await submit(backend, account);
    const refused = await submit(backend, account);
    assert(Number(refused.headers.get("retry-after")) >= 1);
    await assertRefused(refused, 429, "too_many_pending");
  }));

Deno.test("POST /generation answers 503 generation_paused while paused", () =>
  withBackend(async (backend) => {
    await backend.sql`select admin.pause(note => 'maintenance')`;
    const refused = await submit(backend, await backend.logIn());
    assert(Number(refused.headers.get("retry-after")) >= 1);
    await assertRefused(refused, 503, "generation_paused");
  }));

Deno.test("POST /generation replays an Idempotency-Key: 200, the same answer, one charge", () =>
  withBackend(async (backend) => {
    await backend.sql`update private.settings set rate_limit_per_minute = 1`;
    const account = await backend.logIn();
    const headers = { "idempotency-key": "one" };
    const first = await submit(backend, account, { headers });
    assertEquals(first.status, 202);
    assertEquals(first.headers.get("idempotent-replayed"), null);
    const again = await submit(backend, account, { headers });
    assertEquals([again.status, again.headers.get("idempotent-replayed")], [200, "true"]);
    assertEquals(await again.json(), await first.json());
    const other = await submit(backend, account, { headers, body: { prompt: "a hare" } });
    await assertRefused(other, 409, "idempotency_conflict");
    for (const { headers } of [first, again, other]) {
      assertEquals(headers.get("ratelimit-limit"), "1");
      assertEquals(headers.get("ratelimit-remaining"), "0", "neither took a token");
      assert(Number(headers.get("ratelimit-reset")) >= 1);
    }
    const [row] = await backend.sql`
      select count(*)::int, (select credits from public.users) as credits from public.generations`;
    assertEquals([row?.count, row?.credits], [1, 19]);
  }));

Deno.test("GET /generation/{id} answers the contract's body, an ETag, and 304 to it", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const { id } = await (await submit(backend, account)).json();
    await backend.work();
    const { token } = account;
    const response = await backend.send(`generation/${id}`, { token });
    const body = await response.json();
    assertEquals(Object.keys(body).sort(), [
      "attempt",
      "created_at",
      "error",
      "finished_at",
      "id",
      "output_format",
      "poll_after_ms",
      "prompt",
      "public_url",
      "quality",
      "queue",
      "size",
      "started_at",
      "status",
      "version",
    ]);
    assertEquals([body.status, body.error, body.queue, body.poll_after_ms], [
      "COMPLETED",
      null,
      null,
      0,
    ]);
    const etag = response.headers.get("etag") ?? "";
    const headers = { "if-none-match": etag };
    const again = await backend.send(`generation/${id}`, { token, headers });
    assertEquals([again.status, await again.text()], [304, ""]);
  }));

Deno.test("GET and DELETE answer 404 alike for another user's, an unknown and a malformed id", () =>
  withBackend(async (backend) => {
    const [owner, other] = [await backend.logIn(), await backend.logIn()];
    const { id } = await (await submit(backend, owner)).json();
    for (const path of [id, UNKNOWN_ID, "no-uuid", `${id}x`, "%00"]) {
      for (const method of ["GET", "DELETE"]) {
        const response = await backend.send(`generation/${path}`, { method, token: other.token });
        await assertRefused(response, 404, "not_found");
      }
    }
    const [row] = await backend.sql`select status from public.generations`;
    assertEquals(row?.status, "PENDING");
  }));

Deno.test("GET /generation pages through the own rows, newest first, each once", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    await submit(backend, await backend.logIn());
    const ids: string[] = [];
    for (let row = 0; row < 5; row++) {
      ids.unshift((await (await submit(backend, account)).json()).id);
    }
    const seen: string[] = [];
    let path = "generation?limit=2";
    for (let page = 0; page < 3; page++) {
      const { items, next } = await (await backend.send(path, { token: account.token })).json();
      seen.push(...items.map((item: { id: string }) => item.id));
      path = `generation?limit=2&before=${next}`;
      assertEquals(next === null, page === 2);
    }
    assertEquals(seen, ids);
    // A page that holds them all is the last.
    const whole = await backend.send("generation?limit=5", { token: account.token });
    assertEquals((await whole.json()).next, null);
    for (const query of ["limit=0", "limit=101", "limit=x", "before=x", "before="]) {
      const response = await backend.send(`generation?${query}`, { token: account.token });
      await assertRefused(response, 400, "invalid_request");
    }
  }));

Deno.test("DELETE /generation/{id} cancels what waits: 200, the credits back", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const { id } = await (await submit(backend, account)).json();
    const response = await backend.send(`generation/${id}`, {
      method: "DELETE",
      token: account.token,
    });
    assertEquals([response.status, (await response.json()).status], [200, "CANCELLED"]);
    const [row] = await backend.sql`select credits from public.users`;
    assertEquals(row?.credits, 20);
    await backend.work();
    assertEquals(backend.openai.requests(), []);
  }));

Deno.test("DELETE /generation/{id} answers 409 while it is generated", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const { id } = await (await submit(backend, account)).json();
    await backend.sql`select public.claim_generations(${crypto.randomUUID()}, 1)`;
    const options = { method: "DELETE", token: account.token };
    await assertRefused(await backend.send(`generation/${id}`, options), 409, "already_started");
  }));

Deno.test("DELETE /generation/{id}?only=pending cancels what waits, again the same, and removes no picture", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const options = { method: "DELETE", token: account.token };
    const { id } = await (await submit(backend, account)).json();
    for (let time = 0; time < 2; time++) {
      const response = await backend.send(`generation/${id}?only=pending`, options);
      assertEquals([response.status, (await response.json()).status], [200, "CANCELLED"]);
    }
    const { id: finished } = await (await submit(backend, account)).json();
    await backend.work();
    const late = await backend.send(`generation/${finished}?only=pending`, options);
    await assertRefused(late, 409, "already_started");
    const kept = await backend.send(`generation/${finished}`, { token: account.token });
    const picture = await fetch((await kept.json()).public_url);
    await picture.body?.cancel();
    assertEquals(picture.status, 200);
    const wrong = await backend.send(`generation/${finished}?only=finished`, options);
    await assertRefused(wrong, 400, "invalid_request");
  }));

Deno.test("DELETE /generation/{id} removes a finished picture and hides the row", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const { token } = account;
    const { id } = await (await submit(backend, account)).json();
    await backend.work();
    const { public_url } = await (await backend.send(`generation/${id}`, { token })).json();
    assertEquals(await fetchStatus(public_url), 200);
    const response = await backend.send(`generation/${id}`, { method: "DELETE", token });
    assertEquals(response.status, 200);
    await response.body?.cancel();
    assert(await fetchStatus(public_url) >= 403);
    await assertRefused(await backend.send(`generation/${id}`, { token }), 404, "not_found");
    assertEquals([...await backend.sql`select * from private.object_deletions`], []);
  }));

Deno.test("DELETE /generation/{id} hides the row also while the bucket is away; the worker removes the picture", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    const { token } = account;
    const { id } = await (await submit(backend, account)).json();
    await backend.work();
    backend.s3.setFaults([{ status: 500 }]);
    const response = await backend.send(`generation/${id}`, { method: "DELETE", token });
    const { public_url } = await response.json();
    assertEquals(response.status, 200);
    assertEquals(await fetchStatus(public_url), 200);
    await backend.work();
    assert(await fetchStatus(public_url) >= 403);
  }));

Deno.test("every function answers 405 with Allow, and 404 for what is not there", () =>
  withBackend(async (backend) => {
    const wrong = await backend.send("generation", { method: "PATCH" });
    assert(wrong.headers.get("allow")?.includes("POST"));
    await assertRefused(wrong, 405, "method_not_allowed");
    await assertRefused(await backend.send("generation/a/b"), 404, "not_found");
  }));

Deno.test("no token, secret or initData is ever logged", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn();
    await submit(backend, account);
    await backend.send("auth/login", { method: "POST", body: { initData: "user=x&hash=bad" } });
    await backend.send("generation", { token: `${account.token}x` });
    await backend.work();
    const log = backend.runtime.lines.join("\n");
    assert(log.includes('"event":"request"'));
    const secrets = [account.token, account.refreshToken, "a red fox", "user=x"];
    for (const [name, value] of Object.entries(backend.environment)) {
      if (/KEY|SECRET|TOKEN/.test(name)) secrets.push(value);
    }
    for (const secret of secrets) assert(!log.includes(secret), `the log holds ${secret}`);
  }));

async function fetchStatus(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}
