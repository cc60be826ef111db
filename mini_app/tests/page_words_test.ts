import { assertEquals, assertNotEquals } from "@std/assert";
import { API_ERROR_CODES } from "@pixelpop/client";
import { createEstimate } from "../estimate.ts";
import { chooseLanguage, describeTime } from "../language.ts";
import { plural } from "../plural.ts";
import { en } from "../words_en.ts";
import { ru } from "../words_ru.ts";

Deno.test("chooseLanguage() takes the first language there is, whatever its region", () => {
  assertEquals(chooseLanguage(["ru-RU", "en"]).code, "ru");
  assertEquals(chooseLanguage([null, undefined, "RU"]).code, "ru");
  assertEquals(chooseLanguage(["de", "en-GB", "ru"]).code, "en");
  assertEquals(chooseLanguage(["xx", "constructor"]).code, "en");
});

Deno.test("plural() knows the forms of both languages", () => {
  assertEquals([1, 2, 15].map(en.credits), ["1 credit", "2 credits", "15 credits"]);
  assertEquals([1, 3, 15, 21].map(ru.credits), [
    "1 кредит",
    "3 кредита",
    "15 кредитов",
    "21 кредит",
  ]);
  assertEquals(plural("en", 4_000, { other: "characters" }), "4,000 characters");
});

Deno.test("describeTime() rounds as people do", () => {
  const said = [0, 4.2, 12, 58, 89, 91, 600].map((seconds) => describeTime(seconds, en));
  assertEquals(said, [
    "any moment now",
    "about 5 seconds",
    "about 15 seconds",
    "about 60 seconds",
    "about 90 seconds",
    "about 2 minutes",
    "about 10 minutes",
  ]);
});

Deno.test("every error of the contract has words of its own in each language", () => {
  for (const words of [en, ru]) {
    const texts = API_ERROR_CODES.map((code) => words.errors[code]);
    for (const text of texts) assertNotEquals(text.trim(), "");
    assertEquals(new Set(Object.values(words.failures)).size, Object.values(words.failures).length);
  }
  assertNotEquals(en.outOfCredits, ru.outOfCredits);
  assertNotEquals(en.errors.rate_limited, ru.errors.rate_limited);
});

Deno.test("createEstimate() never goes back and never claims the end", () => {
  let now = 0;
  const estimate = createEstimate({ quality: "medium", now: () => now });
  const fractions: number[] = [];
  const look = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      now += 1_000;
      fractions.push(estimate.guess().fraction);
    }
  };
  estimate.update({ status: "PENDING", queue: { position: 9, eta_seconds: 30 } });
  look(10);
  estimate.update({ status: "PENDING", queue: { position: 20, eta_seconds: 300 } });
  look(20);
  estimate.update({ status: "PROCESSING", queue: null });
  look(600);
  for (const [index, fraction] of fractions.entries()) {
    assertEquals(fraction >= (fractions[index - 1] ?? 0) && fraction < 1, true);
  }
});

Deno.test("createEstimate() counts down between two readings of the line, and not below nothing", () => {
  let now = 0;
  const estimate = createEstimate({ quality: "low", now: () => now });
  assertEquals(estimate.guess(), { fraction: 0, seconds: null });
  estimate.update({ status: "PENDING", queue: { position: 2, eta_seconds: 20 } });
  now = 5_000;
  assertEquals(estimate.guess().seconds, 15);
  now = 90_000;
  assertEquals(estimate.guess().seconds, 0);
});
