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
Deno.test.afterAll(() => project?.[Symbol.asyncDispose]());

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
  ["signed with another key", () => project.sign(claimsOfAlice(), "another-secret-of-32-characters!")],
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

// Neither PostgREST nor Realtime looks at "aud", so that such a token is judged by its role and sub:
// it opens nothing a token of that user would not. The functions refuse it (auth_test.ts).
Deno.test("a token of another audience or role brings no other user's row and no other rights", async () => {
  const refused = [
    { role: "anon" },
    { role: "none" },
    { role: "postgres" },
    { role: "supabase_admin" },
    { role: "authenticator" },
    { role: undefined },
  ];
  for (const claims of refused) {
    const client = await project.client(await project.sign({ ...claimsOfAlice(), ...claims }));
    const { data, status } = await client.from("generations").select("*");
    assertEquals(data, null, `role ${claims.role}`);
    assert(status === 401 || status === 403, `role ${claims.role}: status ${status}`);
    const topic = `user:${users.alice.id}`;
    const { channel, statuses } = listen(client, { topic, isPrivate: true });
    assertEquals((await statuses.take()).status, "CHANNEL_ERROR", `role ${claims.role}`);
    await client.removeChannel(channel);
  }
  for (const aud of ["anon", "another-project", ["authenticated", "x"]]) {
    const token = await project.sign({ ...claimsOfAlice(), aud, sub: users.bob.id });
    const client = await project.client(token);
    const { data } = await client.from("generations").select("id");
    assertEquals(data, [{ id: users.generations.bob }]);
    const { statuses } = listen(client, { topic: `user:${users.alice.id}`, isPrivate: true });
    assertEquals((await statuses.take()).status, "CHANNEL_ERROR");
    const get = await project.backend.send(`generation/${users.generations.bob}`, { token });
    assertEquals(get.status, 401);
  }
});
