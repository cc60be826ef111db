/** What verified initData must look like inside, and how its fields are read. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../_shared/http/errors.ts";
import { verifyInitData } from "../../_shared/telegram/init_data.ts";
import { NOW } from "../fakes.ts";
import {
  BOT_TOKEN,
  encodeFields,
  hashOf,
  launchFields,
  signInitData,
  TELEGRAM_USER,
} from "../init_data.ts";

const AUTH_DATE = NOW / 1000 - 5;
const OPTIONS = { botToken: BOT_TOKEN, now: NOW, maxAgeSeconds: 3600, maxFutureSkewSeconds: 30 };

/** Verifies data that Telegram would have signed as it is. */
function verifyUser(user: unknown) {
  return verifyInitData(signInitData(launchFields(AUTH_DATE, user)), OPTIONS);
}

async function assertRefused(raw: string, code: string, message?: string): Promise<void> {
  const error = await assertRejects(() => verifyInitData(raw, OPTIONS), AppError, message);
  assertEquals([error.code, error.status], [code, 401]);
}

Deno.test("verifyInitData() gives null for what Telegram did not send", async () => {
  assertEquals(await verifyUser({ id: 1, "first_name": "A" }), {
    id: 1,
    firstName: "A",
    lastName: null,
    username: null,
    languageCode: null,
    photoUrl: null,
    allowsWriteToPm: false,
    authDate: AUTH_DATE,
  });
});

Deno.test("verifyInitData() keeps ids beyond 32 bits", async () => {
  const { id } = await verifyUser({ ...TELEGRAM_USER, id: 7_999_999_999_999 });
  assertEquals(id, 7_999_999_999_999);
});

const MALFORMED_USERS: [string, unknown][] = [
  ["no object", 5],
  ["null", null],
  ["an array", [TELEGRAM_USER]],
  ["no id", { "first_name": "A" }],
  ["a text as id", { id: "1", "first_name": "A" }],
  ["a fraction as id", { id: 1.5, "first_name": "A" }],
  ["zero as id", { id: 0, "first_name": "A" }],
  ["a negative id", { id: -4, "first_name": "A" }],
  ["an unsafe id", { id: 2 ** 53, "first_name": "A" }],
  ["no first name", { id: 1 }],
  ["a number as first name", { id: 1, "first_name": 7 }],
  ["a number as last name", { id: 1, "first_name": "A", "last_name": 7 }],
  ["an object as username", { id: 1, "first_name": "A", username: {} }],
  ["a flag as language", { id: 1, "first_name": "A", "language_code": true }],
  ["a number as photo", { id: 1, "first_name": "A", "photo_url": 1 }],
  ["a text as permission", { id: 1, "first_name": "A", "allows_write_to_pm": "true" }],
  ["NUL in a name", { id: 1, "first_name": "A\0" }],
  ["half a surrogate pair in a name", { id: 1, "first_name": "A\ud800" }],
];
for (const [what, user] of MALFORMED_USERS) {
  Deno.test(`verifyInitData() refuses a signed user with ${what}`, async () => {
    await assertRefused(
      signInitData(launchFields(AUTH_DATE, user)),
      "invalid_init_data",
      "Missing or malformed user",
    );
  });
}

Deno.test("verifyInitData() refuses a signed user that is no JSON", async () => {
  const fields = launchFields(AUTH_DATE).filter(([name]) => name !== "user");
  for (const user of ["", "{", "undefined"]) {
    await assertRefused(signInitData([...fields, ["user", user]]), "invalid_init_data");
  }
});

Deno.test("verifyInitData() refuses a signed auth_date that is no plain number", async () => {
  const fields = launchFields(AUTH_DATE).filter(([name]) => name !== "auth_date");
  await assertRefused(signInitData(fields), "invalid_init_data", "auth_date");
  for (const date of ["", "now", `${AUTH_DATE}.0`, ` ${AUTH_DATE}`, `+${AUTH_DATE}`, "1e9", "0"]) {
    const raw = signInitData([...fields, ["auth_date", date]]);
    await assertRefused(raw, "invalid_init_data", "auth_date");
  }
});

Deno.test("verifyInitData() refuses every hash but 64 lower-case digits", async () => {
  const fields = launchFields(AUTH_DATE);
  const hash = hashOf(fields);
  for (
    const wrong of [hash.toUpperCase(), ` ${hash}`, `${hash}\n`, hash.slice(2), `${hash}00`, ""]
  ) {
    await assertRefused(encodeFields([...fields, ["hash", wrong]]), "invalid_init_data");
  }
  await assertRefused(encodeFields(fields), "invalid_init_data");
  await verifyInitData(encodeFields([...fields, ["hash", hash]]), OPTIONS);
});

Deno.test("verifyInitData() takes plus and percent encoding of a space as the same", async () => {
  const raw = signInitData(launchFields(AUTH_DATE));
  const { firstName } = await verifyInitData(raw.replaceAll("%20", "+"), OPTIONS);
  assertEquals(firstName, TELEGRAM_USER.first_name);
});

Deno.test("verifyInitData() takes the fields in any order", async () => {
  const fields = launchFields(AUTH_DATE);
  const reversed = [...fields, ["hash", hashOf(fields)] as [string, string]].reverse();
  assertEquals((await verifyInitData(encodeFields(reversed), OPTIONS)).id, TELEGRAM_USER.id);
});

// Both move a border between fields without changing the text that is signed.
Deno.test("verifyInitData() refuses a field that swallowed its neighbour", async () => {
  const fields = launchFields(AUTH_DATE);
  const signed = (name: string) => String(fields.find((field) => field[0] === name)?.[1]);
  const merged: [string, string][] = [
    ...fields.filter(([name]) => !["chat_instance", "query_id"].includes(name)),
    ["chat_instance", `${signed("chat_instance")}\nquery_id=${signed("query_id")}`],
  ];
  assertEquals(hashOf(merged), hashOf(fields));
  await assertRefused(
    encodeFields([...merged, ["hash", hashOf(fields)]]),
    "invalid_init_data",
    "Malformed field",
  );
});

Deno.test("verifyInitData() refuses a name that swallowed its value", async () => {
  const fields = launchFields(AUTH_DATE);
  const hash = hashOf(fields);
  const raw = encodeFields([...fields, ["hash", hash]])
    .replace("start_param=from%3Dfriend", "start_param%3Dfrom=friend");
  assertEquals(new URLSearchParams(raw).get("start_param=from"), "friend");
  await assertRefused(raw, "invalid_init_data", "Malformed field");
});

Deno.test("verifyInitData() names neither data nor hash in its errors", async () => {
  const raw = encodeFields([...launchFields(AUTH_DATE), ["hash", "0".repeat(64)]]);
  const error = await assertRejects(() => verifyInitData(raw, OPTIONS), AppError);
  assertEquals(error.message, "Invalid initData: Wrong or missing hash");
  assertEquals(error.cause, undefined);
});
