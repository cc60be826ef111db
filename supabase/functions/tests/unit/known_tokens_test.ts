import { assertEquals, assertRejects } from "@std/assert";
import { createAccessTokens } from "../../_shared/auth/access_token.ts";
import { AppError } from "../../_shared/http/errors.ts";
import { rememberTokens } from "../../generation/known_tokens.ts";

const CALLER = {
  userId: "00000000-0000-4000-8000-000000000001",
  sessionId: "00000000-0000-4000-8000-000000000002",
};

function createSetup({ size }: { size?: number } = {}) {
  const clock = { ms: 1_700_000_000_000 };
  const now = () => clock.ms;
  const tokens = createAccessTokens({
    key: { algorithm: "HS256", secret: "a-secret-of-the-tests-with-32-characters" },
    supabaseUrl: "http://localhost",
    now,
  });
  let verified = 0;
  const counting = {
    verify: (token: string) => {
      verified++;
      return tokens.verify(token);
    },
  };
  const remembered = rememberTokens(counting, {
    runtime: { now },
    ...(size === undefined ? {} : { size }),
  });
  const issue = async (caller = CALLER) => (await tokens.issue(caller)).accessToken;
  return { clock, remembered, issue, verified: () => verified };
}

Deno.test("rememberTokens verifies a token once", async () => {
  const { remembered, issue, verified } = createSetup();
  const token = await issue();
  for (let n = 0; n < 3; n++) assertEquals(await remembered.verify(token), CALLER);
  assertEquals(verified(), 1);
});

Deno.test("rememberTokens refuses a token from the second it expires", async () => {
  const { clock, remembered, issue } = createSetup();
  const token = await issue();
  await remembered.verify(token);
  clock.ms += 3_599_999;
  assertEquals(await remembered.verify(token), CALLER);
  clock.ms += 1;
  const error = await assertRejects(() => remembered.verify(token), AppError);
  assertEquals(error.code, "unauthorized");
});

Deno.test("rememberTokens knows no token that differs in a character, and remembers no refusal", async () => {
  const { remembered, issue, verified } = createSetup();
  const token = await issue();
  await remembered.verify(token);
  const forged = token.slice(0, -2) + (token.endsWith("AA") ? "BB" : "AA");
  for (let n = 0; n < 2; n++) await assertRejects(() => remembered.verify(forged), AppError);
  assertEquals(verified(), 3);
});

Deno.test("rememberTokens forgets the oldest beyond its size", async () => {
  const { remembered, issue, verified } = createSetup({ size: 2 });
  const tokens = [];
  for (const n of [1, 2, 3]) {
    tokens.push(await issue({ ...CALLER, userId: `00000000-0000-4000-8000-00000000001${n}` }));
  }
  for (const token of tokens) await remembered.verify(token);
  for (const token of tokens.slice(1)) await remembered.verify(token);
  assertEquals(verified(), 3);
  await remembered.verify(tokens[0] ?? "");
  assertEquals(verified(), 4);
});
