/** Calling SQL functions through the real client library, over a fetch that answers as the Data API. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createRateLimitStore } from "../../_shared/db/rate_limit_store.ts";
import { createRpcClient, isConflict } from "../../_shared/db/rpc.ts";
import { AppError } from "../../_shared/http/errors.ts";

const OPTIONS = { url: "https://project.supabase.co", secretKey: "sb_secret_0123456789abcdef" };

function createDb(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const db = createRpcClient({
    ...OPTIONS,
    timeoutSeconds: 0.05,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request.clone());
      return await answer(request);
    },
  });
  return { db, requests };
}

function failing(status: number, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return createDb(() => new Response(text, { status }));
}

function rejection(db: { rpc(name: string): Promise<unknown> }): Promise<AppError> {
  return assertRejects(() => db.rpc("do_it"), AppError);
}

Deno.test("rpc() posts named arguments with the secret key and gives the result", async () => {
  const { db, requests } = createDb(() => Response.json({ id: 7 }));
  assertEquals(await db.rpc("do_it", { "a_b": 1, c: null }), { id: 7 });
  const [request] = requests;
  assertEquals(request?.method, "POST");
  assertEquals(request?.url, "https://project.supabase.co/rest/v1/rpc/do_it");
  assertEquals(request?.headers.get("apikey"), OPTIONS.secretKey);
  assertEquals(await request?.json(), { "a_b": 1, c: null });
});

Deno.test("rpc() gives null for a function that returns nothing", async () => {
  const { db } = createDb(() => new Response(null, { status: 204 }));
  assertEquals(await db.rpc("do_it"), null);
});

const OURS: [string, string, number][] = [
  ["PX401", "unauthorized", 401],
  ["PX402", "insufficient_credits", 402],
  ["PX404", "not_found", 404],
  ["PX409", "idempotency_conflict", 409],
  ["PX410", "already_started", 409],
  ["PX429", "rate_limited", 429],
  ["PX430", "too_many_pending", 429],
  ["PX503", "generation_paused", 503],
];
for (const [sqlstate, code, status] of OURS) {
  Deno.test(`rpc() turns ${sqlstate} into ${code}`, async () => {
    const { db } = failing(400, {
      code: sqlstate,
      message: "As raised",
      details: null,
      hint: null,
    });
    const error = await rejection(db);
    assertEquals([error.code, error.status, error.message], [code, status, "As raised"]);
    assertEquals([error.retryable, error.headers], [false, {}]);
  });
}

Deno.test("rpc() turns the numbers of a refusal into headers", async () => {
  const details = '{"retry_after_seconds":6.2,"limit":10,"remaining":0,"reset_seconds":7,"x":"y"}';
  const { db } = failing(400, { code: "PX429", message: "Slow down", details, hint: null });
  assertEquals((await rejection(db)).headers, {
    "retry-after": "7",
    "ratelimit-limit": "10",
    "ratelimit-remaining": "0",
    "ratelimit-reset": "7",
  });
});

Deno.test("rpc() keeps a refusal whose details are no object of numbers", async () => {
  for (const details of ["", "x", "null", "[1]", '{"limit":"10","remaining":-1}']) {
    const { db } = failing(400, { code: "PX430", message: "Too many", details, hint: null });
    const error = await rejection(db);
    assertEquals([error.code, error.headers], ["too_many_pending", {}]);
  }
});

const INTERNAL: [string, number, unknown, boolean][] = [
  ["a unique violation", 409, { code: "23505", message: "duplicate key", details: "" }, false],
  ["an unknown function", 404, { code: "PGRST202", message: "no function", details: null }, false],
  ["a refused key", 401, { code: "PGRST301", message: "No suitable key", details: null }, false],
  ["an unknown SQLSTATE of ours", 400, { code: "PX999", message: "new", details: null }, false],
  ["a raised exception", 500, { code: "XX000", message: "bug", details: null }, false],
  ["a deadlock", 500, { code: "40P01", message: "deadlock detected", details: null }, true],
  ["a statement timeout", 500, { code: "57014", message: "canceling", details: null }, true],
  ["too many connections", 503, { code: "53300", message: "too many", details: null }, true],
  ["no connection of PostgREST", 503, { code: "PGRST002", message: "cache", details: null }, true],
  ["a gateway's page", 502, "<html>Bad Gateway</html>", true],
  ["an overloaded gateway", 503, "", true],
  ["a gateway's own failure", 500, "oops", true],
];
for (const [what, status, body, retryable] of INTERNAL) {
  Deno.test(`rpc() makes ${what} internal${retryable ? " and retryable" : ""}`, async () => {
    const { db, requests } = failing(status, body);
    const error = await rejection(db);
    assertEquals([error.code, error.retryable], ["internal", retryable]);
    assertEquals(error.message, "Cannot use the database");
    assert(error.cause instanceof Error && error.cause.message.includes(`${status} to "do_it"`));
    assertEquals(requests.length, 1);
  });
}

Deno.test("isConflict() knows another transaction in the way from every other failure", async () => {
  const found: [string, boolean][] = [
    ["40P01", true],
    ["40001", true],
    ["55P03", true],
    ["57014", false],
    ["23505", false],
    ["PX402", false],
  ];
  for (const [code, isOne] of found) {
    const { db } = failing(500, { code, message: "m", details: null, hint: null });
    assertEquals(isConflict(await rejection(db)), isOne, code);
  }
  assertEquals([isConflict(new Error("40P01")), isConflict(undefined)], [false, false]);
});

Deno.test("rpc() makes an unreachable Data API internal and retryable, and tries once", async () => {
  const { db, requests } = createDb(() => Promise.reject(new TypeError("Connection refused")));
  const error = await rejection(db);
  assertEquals([error.code, error.retryable, requests.length], ["internal", true, 1]);
  assert(String(error.cause).includes("Connection refused"));
});

Deno.test("rpc() gives up on a Data API that does not answer", async () => {
  const { db } = createDb((request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason));
    })
  );
  const error = await rejection(db);
  assertEquals([error.code, error.retryable], ["internal", true]);
});

Deno.test("createRateLimitStore() takes a token by the SQL function", async () => {
  const decision = { allowed: true, remaining: 3, "reset_seconds": 7 };
  const { db, requests } = createDb(() => Response.json(decision));
  const rule = { name: "login", identifier: "42", limit: 60 };
  assertEquals<unknown>(await createRateLimitStore(db).takeRateLimitToken(rule), decision);
  assertEquals(await requests[0]?.json(), {
    "rule_name": "login",
    identifier: "42",
    "tokens_per_minute": 60,
  });
});
