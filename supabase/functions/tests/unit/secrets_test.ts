/** Refresh tokens, comparing secrets, and bearer headers. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { bearerToken } from "../../_shared/auth/bearer.ts";
import { equalSecrets } from "../../_shared/auth/constant_time.ts";
import {
  createRefreshToken,
  deriveNextRefreshToken,
  hashRefreshToken,
  isRefreshToken,
  refreshLineage,
} from "../../_shared/auth/refresh_token.ts";
import { AppError } from "../../_shared/http/errors.ts";
import { createRuntime } from "../../_shared/platform/create_runtime.ts";
import { createFakeRuntime } from "../fakes.ts";

Deno.test("createRefreshToken() encodes 32 random bytes as base64url", () => {
  const randomBytes = (length: number) => new Uint8Array(length).fill(0xfb);
  assertEquals(createRefreshToken({ randomBytes }), "-_v7" + "-_v7".repeat(9) + "-_s");
});

const KEY = { algorithm: "HS256", secret: "s".repeat(32) } as const;

Deno.test("deriveNextRefreshToken() gives the same successor again, of the same lineage", async () => {
  const first = createRefreshToken(createFakeRuntime());
  const second = await deriveNextRefreshToken(first, KEY);
  assertEquals(await deriveNextRefreshToken(first, KEY), second);
  assert(isRefreshToken(second));
  assertEquals(refreshLineage(second), refreshLineage(first));
  assertNotEquals(await deriveNextRefreshToken(second, KEY), second);
});

Deno.test("deriveNextRefreshToken() depends on the whole token and on the key", async () => {
  const first = createRefreshToken(createFakeRuntime());
  const other = first.slice(0, -1) + (first.endsWith("A") ? "B" : "A");
  const second = await deriveNextRefreshToken(first, KEY);
  assertNotEquals(await deriveNextRefreshToken(other, KEY), second);
  const rotated = { algorithm: "HS256", secret: "t".repeat(32) } as const;
  assertNotEquals(await deriveNextRefreshToken(first, rotated), second);
});

Deno.test("createRefreshToken() repeats itself never on the real generator", () => {
  const runtime = createRuntime();
  const tokens = Array.from({ length: 1_000 }, () => createRefreshToken(runtime));
  assertEquals(new Set(tokens.map((token) => token.slice(10))).size, 1_000);
});

Deno.test("hashRefreshToken() is the SHA-256 of the text", async () => {
  assertEquals(
    await hashRefreshToken("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("isRefreshToken() refuses any other form", () => {
  const token = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";
  assert(isRefreshToken(token));
  for (const wrong of ["", token.slice(1), `${token}=`, `${token}\n`, token.replace("_", "/")]) {
    assert(!isRefreshToken(wrong), wrong);
  }
});

Deno.test("equalSecrets() is true for equal texts alone", async () => {
  assert(await equalSecrets("sécret", "sécret"));
  for (const other of ["", "sécre", "sécrett", "Sécret", "sécreu", "secret"]) {
    assert(!await equalSecrets(other, "sécret"), other);
  }
});

function tokenOf(authorization: string): string {
  return bearerToken(new Request("https://a.b", { headers: { authorization } }));
}

Deno.test("bearerToken() takes the token of a bearer header, whatever the scheme's case", () => {
  assertEquals(tokenOf("Bearer a.b-c_d"), "a.b-c_d");
  assertEquals(tokenOf("bearer  abc=="), "abc==");
});

Deno.test("bearerToken() refuses a missing header and every other one", () => {
  assertThrows(() => bearerToken(new Request("https://a.b")), AppError);
  const long = `Bearer ${"a".repeat(4_097)}`;
  for (const header of ["", "Bearer", "Basic abc", "abc", "Bearer a b", "Bearer a,b", long]) {
    const error = assertThrows(() => tokenOf(header), AppError) as AppError;
    assertEquals([error.code, error.headers["www-authenticate"]], ["unauthorized", "Bearer"]);
    assertMatch(error.message, /^Wanted a header/);
  }
});
