/** Texts that show nothing: a prompt of them is refused, a name of them is replaced. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { SUBMISSION } from "../../_shared/generations/request.ts";
import { parseTelegramUser } from "../../_shared/telegram/user.ts";
import { isVisible } from "../../_shared/generations/visible_text.ts";

const INVISIBLE = [
  "\u200b\u200b", // zero width spaces
  "\u2060\ufeff", // word joiner, byte order mark
  "\u00ad", // soft hyphen
  "\u3164\u115f", // Hangul fillers
  "\u2800", // braille blank
  "\u0301", // a combining accent on nothing
  "\ufe0f\u200d", // what glues emoji together, without any
  "\u{e0041}\u{e007f}", // tags
  " \t\n\u3000",
];
const VISIBLE = ["a", "猫", "🦊", "👩‍👩‍👧", "1", ".", "é", "e\u0301", "\u200bx\u200b", "ﷺ"];

Deno.test("isVisible() tells texts that show something from those that do not", () => {
  for (const text of INVISIBLE) assert(!isVisible(text), JSON.stringify(text));
  for (const text of VISIBLE) assert(isVisible(text), JSON.stringify(text));
});

Deno.test("SUBMISSION refuses a prompt without a visible character", () => {
  for (const prompt of INVISIBLE) assertThrows(() => v.parse(SUBMISSION, { prompt }), v.ValiError);
  for (const prompt of VISIBLE) assertEquals(v.parse(SUBMISSION, { prompt }).prompt, prompt);
});

Deno.test("parseTelegramUser() shows something for a name that shows nothing", () => {
  const nameOf = (user: object) => parseTelegramUser(JSON.stringify({ id: 1, ...user }))?.firstName;
  for (const first_name of ["", ...INVISIBLE]) {
    assertEquals(nameOf({ first_name }), "Telegram user");
    assertEquals(nameOf({ first_name, username: "ada" }), "ada");
  }
  assertEquals(nameOf({ first_name: "Ada", username: "ada" }), "Ada");
});
