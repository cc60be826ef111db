// Tokens nobody signed for us, at the Data API and at Realtime, sent by the real supabase-js.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose";
import { listen, subscribe } from "../../../../scripts/stack/tests/realtime_fixture.ts";
import { addTwoUsers, type Project, startProject, type TwoUsers } from "./project.ts";

let project: Project;
let users: TwoUsers;

Deno.test.beforeAll(async () => {
  project = await startProject();
  users = await addTwoUsers(project);
});
Deno.test.afterAll(async () => await project?.[Symbol.asyncDispose]());

const now = () => Math.floor(Date.now() / 1000);

/** What the function `auth` would sign for Alice. */
function claimsOfAlice() {
  return {
    sub: users.alice.id,
    role: "authenticated",
    aud: "authenticated",
    iat: now(),
    exp: now() + 3600,
  };
}

function unsigned(header: unknown, signature = ""): string {
  const parts = [header, claimsOfAlice()].map((part) => base64url.encode(JSON.stringify(part)));
  return [...parts, signature].join(".");
}

async function signWithKeyPair(): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  return await new SignJWT(claimsOfAlice())
    .setProtectedHeader({ alg: "ES256", jwk: await exportJWK(publicKey) })
    .sign(privateKey);
}

const FORGERIES: [what: string, forge: () => string | Promise<string>][] = [
  [
    "signed with another key",
    () => project.sign(claimsOfAlice(), "another-secret-of-32-characters!"),
  ],
  ["signed with the publishable key", () => project.sign(claimsOfAlice(), project.publishableKey)],
  ["signed with a key pair it brings along", signWithKeyPair],
  ["with the algorithm none", () => unsigned({ alg: "none", typ: "JWT" })],
  ["with the algorithm None and a signature", () => unsigned({ alg: "None" }, "c2lnbmF0dXJl")],
  ["without a signature", () => unsigned({ alg: "HS256", typ: "JWT" })],
  ["of Bob's with Alice's id under the old signature", () => {
    const [header, , signature] = users.bob.token.split(".");
    return [header, base64url.encode(JSON.stringify(claimsOfAlice())), signature].join(".");
  }],
  ["that has expired", () => project.sign({ ...claimsOfAlice(), exp: now() - 1 })],
  ["that is not valid yet", () => project.sign({ ...claimsOfAlice(), nbf: now() + 600 })],
  ["of no JWT's form", () => "x.y"],
];

for (const [what, forge] of FORGERIES) {
  Deno.test(`the Data API refuses a token ${what}`, async () => {
    const client = await project.client(await forge());
    for (const table of ["generations", "users", "credit_ledger"]) {
      const { data, error, status } = await client.from(table).select("*");
      assertEquals([data, status], [null, 401], table);
      assertMatch(error?.code ?? "", /^PGRST30[0-3]$/);
    }
    const { data, status } = await client.rpc("get_tuning");
    assertEquals([data, status], [null, 401]);
  });

  Deno.test(`Realtime lets nobody join by a token ${what}`, async () => {
    const client = await project.client(await forge());
    for (
      const listening of [
        { topic: `user:${users.alice.id}`, isPrivate: true },
        {
          topic: `generation:${users.generations.alice}`,
          changes: [{ event: "UPDATE", schema: "public", table: "generations" }],
        },
      ]
    ) {
      const { channel, statuses, broadcasts, changes } = listen(client, listening);
      const { status, message } = await statuses.take();
      assertEquals(status, "CHANNEL_ERROR");
      assertMatch(message, /^"?(MalformedJWT|JwtSignatureError|InvalidJWTToken): /);
      await client.removeChannel(channel);
      assertEquals([broadcasts.size, changes.size], [0, 0]);
    }
  });
}

Deno.test("a good token of the same claims is accepted: the refusals are the forgery's", async () => {
  const client = await project.client(await project.sign(claimsOfAlice()));
  const { data } = await client.from("generations").select("id");
  assertEquals(data, [{ id: users.generations.alice }]);
  await subscribe(client, { topic: `user:${users.alice.id}`, isPrivate: true });
});

Deno.test("the Data API and Realtime refuse an unknown API key, whatever the token", async () => {
  for (const apikey of ["", "sb_publishable_other", "sb_secret_other", users.alice.token + "x"]) {
    const headers = { apikey, authorization: `Bearer ${users.alice.token}` };
    const response = await fetch(`${project.url}/rest/v1/generations`, { headers });
    assertEquals(response.status, 401, apikey);
    await response.body?.cancel();
    const address = `${project.url.replace("http", "ws")}/realtime/v1/websocket?apikey=${apikey}`;
    const socket = new WebSocket(address);
    const outcome = await new Promise((resolve) => {
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    });
    socket.close();
    assertEquals(outcome, "refused", apikey);
  }
});

Deno.test("a token of our key reads nothing at the Data API by any role but the users'", async () => {
  for (const role of ["anon", "none", "postgres", "supabase_admin", "authenticator", undefined]) {
    const client = await project.client(await project.sign({ ...claimsOfAlice(), role }));
    const { data, status } = await client.from("generations").select("*");
    assertEquals(data, null, `role ${role}`);
    assert(status === 401 || status === 403, `role ${role}: status ${status}`);
  }
});

Deno.test("a token of our key joins no private topic as anon, none or without a role", async () => {
  for (const role of ["anon", "none", undefined]) {
    const client = await project.client(await project.sign({ ...claimsOfAlice(), role }));
    const topic = `user:${users.alice.id}`;
    const { channel, statuses } = listen(client, { topic, isPrivate: true });
    assertEquals((await statuses.take()).status, "CHANNEL_ERROR", `role ${role}`);
    await client.removeChannel(channel);
  }
});

// Neither PostgREST nor Realtime, as hosted, looks at "aud": what such a token reads is its sub's alone.
Deno.test("a token of another audience is refused by the functions, and opens nobody else's rows", async () => {
  for (const aud of ["anon", "another-project", ["authenticated", "x"]]) {
    const token = await project.sign({ ...claimsOfAlice(), aud, sub: users.bob.id });
    for (const id of Object.values(users.generations)) {
      assertEquals((await project.backend.send(`generation/${id}`, { token })).status, 401);
    }
    const client = await project.client(token);
    const { data } = await client.from("generations").select("id").neq("user_id", users.bob.id);
    assertEquals(data, []);
    const topic = `user:${users.alice.id}`;
    const { channel, statuses } = listen(client, { topic, isPrivate: true });
    assertEquals((await statuses.take()).status, "CHANNEL_ERROR");
    await client.removeChannel(channel);
  }
});
