/// <reference lib="dom" />
// The page in a real browser on a real stack: from a prompt to a picture, and every refusal on the way.
import { assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { until } from "../../supabase/functions/tests/until.ts";
import { en } from "../words_en.ts";
import { definePageSuite } from "./page_suite.ts";

const suite = await definePageSuite();
const { testPage } = suite;

async function statusOf(id: string): Promise<string> {
  const [row] = await suite.stack.sql<{ status: string }[]>`
    select status from public.generations where id = ${id}`;
  return row?.status ?? "";
}

testPage("logs in, submits, shows the place in line, the progress and the picture", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  await page.getByText("Your pictures will gather here.").waitFor();
  await phone.shoot("home_empty");
  const hold = await suite.stack.hold();
  await phone.ask("A red fox in the snow, soft morning light");
  const id = await phone.card("PENDING");
  await page.getByRole("heading", { name: "You are next" }).waitFor();
  await page.locator(".link.live").waitFor();
  await phone.shoot("waiting");
  const painter = await suite.stack.holdPainter();
  await hold.release();
  assertEquals(await phone.card("PROCESSING"), id);
  await until("a part of the placeholder", () => page.locator(".placeholder .on").count());
  await phone.shoot("painting");
  await painter.release();
  await page.locator("article .picture img.loaded").waitFor();
  await page.getByRole("heading", { name: "Your picture is ready" }).waitFor();
  assertMatch(await page.locator(".balance").innerText(), /16/);
  assertMatch(
    await page.locator(".visually-hidden[role=status]").innerText(),
    /Your picture is ready/,
  );
  await phone.shoot("ready");
  assertLessOrEqual(phone.readsOf(id), 3);
});

testPage("shows a picture in full, and goes back to where it was", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  await phone.choose("Tall");
  await phone.choose("Low");
  await phone.choose("WEBP");
  await phone.ask("A lighthouse made of origami paper at dusk");
  await page.locator("article .picture img.loaded").waitFor();
  await page.locator("article .picture").click();
  await page.locator(".stage img.loaded").waitFor();
  assertMatch(await page.locator("dl").innerText(), /1024 × 1536[^]+Low[^]+WEBP/);
  assertEquals(await page.locator(".main-button").isVisible(), false);
  await phone.shoot("picture");
  await page.goBack();
  await page.locator(".main-button").waitFor();
  assertEquals(await page.locator(".picture-view").isVisible(), false);
});

testPage("shows a first impression while it is painted, if one is announced", async () => {
  await using phone = await suite.stack.open();
  const { page, telegramId } = phone;
  await phone.choose("Low");
  await phone.ask("The first");
  await phone.card("COMPLETED");
  const painter = await suite.stack.holdPainter();
  await phone.ask("The second");
  const id = await phone.card("PROCESSING");
  await page.locator(".link.live").waitFor();
  await suite.stack.sql`
    select realtime.send(
      jsonb_build_object('id', g.id, 'status', g.status, 'version', g.version, 'preview_url', (
        select done.public_url from public.generations as done
        where done.user_id = u.id and done.status = 'COMPLETED')),
      'generation', 'user:' || u.id, true)
    from public.generations as g join public.users as u on u.id = g.user_id
    where g.id = ${id} and u.telegram_id = ${telegramId}`;
  await page.getByRole("img", { name: "A first impression" }).waitFor();
  await page.locator(".frame .preview.loaded").waitFor();
  await phone.shoot("preview");
  await painter.release();
  assertEquals(await phone.card("COMPLETED"), id);
  assertEquals(await page.locator(".preview").count(), 0);
});

testPage("cancels what waits, and gives the credits back", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  const hold = await suite.stack.hold();
  await phone.ask("A glass whale above a sleeping city");
  const id = await phone.card("PENDING");
  await page.getByRole("button", { name: "Cancel" }).click();
  assertEquals(await phone.card("CANCELLED"), id);
  await page.locator(".balance", { hasText: "20" }).waitFor();
  await phone.shoot("cancelled");
  await hold.release();
  assertEquals(await statusOf(id), "CANCELLED");
});

testPage("keeps the focus on the card when what waits is cancelled by the keyboard", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  const hold = await suite.stack.hold();
  await phone.choose("Low");
  await phone.ask("A glass whale at the keyboard");
  const id = await phone.card("PENDING");
  await page.getByRole("button", { name: "Cancel" }).focus();
  await page.keyboard.press("Enter");
  await phone.card("CANCELLED");
  assertEquals(await page.evaluate(() => document.activeElement?.id), `title-${id}`);
  await hold.release();
});

testPage("stays as wide as the screen with one long word", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  const word = "a".repeat(300);
  const widths = () =>
    page.evaluate(() => {
      const right = document.querySelector("textarea")?.getBoundingClientRect().right ?? 0;
      return [document.documentElement.scrollWidth, right <= innerWidth, innerWidth];
    });
  await phone.choose("Low");
  await page.locator("textarea").fill(word);
  assertEquals(await widths(), [360, true, 360]);
  for (const prompt of [word, `${word}b`]) {
    await page.locator("textarea").fill(prompt);
    await page.locator(".main-button").click();
    await page.locator('article:first-child[data-status="COMPLETED"]', { hasText: prompt })
      .waitFor();
    assertEquals(await widths(), [360, true, 360]);
  }
  await page.locator(`.tiles [aria-label$="${word}"]`).click();
  await page.locator(".picture-prompt", { hasText: word }).waitFor();
  assertEquals(await widths(), [360, true, 360]);
});

testPage("shows several in the making, the newest large", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  const hold = await suite.stack.hold();
  await phone.choose("Low");
  for (const prompt of ["A cat astronaut", "A tiny library in a walnut", "A map of an island"]) {
    await phone.ask(prompt);
    await page.locator("article:first-child", { hasText: prompt }).waitFor();
  }
  await page.getByRole("heading", { name: /Number 3 in line/ }).waitFor();
  await phone.shoot("several");
  await hold.release();
  await until("three pictures", async () => await page.locator("article .picture").count() === 3);
});

testPage("says what to do when the credits do not suffice, and keeps the prompt", async () => {
  await using phone = await suite.stack.open();
  const { page, telegramId } = phone;
  await phone.choose("High");
  await suite.stack
    .sql`select admin.grant_credits(telegram_id => ${telegramId}, amount => -15, note => 'test')`;
  await phone.ask("A watercolour map");
  const notice = page.getByRole("alert");
  await notice.getByText("Not enough credits").waitFor();
  await page.locator(".balance", { hasText: "5" }).waitFor();
  assertEquals(await page.locator("textarea").inputValue(), "A watercolour map");
  await phone.shoot("out_of_credits");
  await phone.choose("Low");
  await page.locator(".main-button").click();
  await phone.card("COMPLETED");
  assertEquals(await notice.isVisible(), false);
});

testPage("does not advise a lower quality when there is none to be had", async () => {
  await using phone = await suite.stack.open();
  const { page, telegramId } = phone;
  await phone.choose("Low");
  await suite.stack
    .sql`select admin.grant_credits(telegram_id => ${telegramId}, amount => -20, note => 'test')`;
  await phone.ask("A watercolour map");
  await page.getByRole("alert").getByText(en.outOfCredits).waitFor();
  await page.locator(".balance", { hasText: "0" }).waitFor();
  await phone.choose("Medium");
  await page.locator(".main-button").click();
  await page.getByRole("alert").getByText(en.outOfCredits).waitFor();
  assertEquals(await page.getByText("Choose a lower quality").count(), 0);
});

testPage("counts down when it was too quick", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  await suite.stack.sql`update private.settings set rate_limit_per_minute = 1`;
  // The backend goes by what it read in the last second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  try {
    await phone.choose("Low");
    await phone.ask("One");
    await phone.card("COMPLETED");
    await phone.ask("Two");
    await page.getByRole("alert").getByText("A short pause, please").waitFor();
    await page.getByText(/Try again in about \d+ seconds/).waitFor();
    await phone.shoot("rate_limited");
  } finally {
    await suite.stack.sql`update private.settings set rate_limit_per_minute = 1000`;
  }
});

testPage("says in words why there is no picture, and that the credits are back", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  await phone.ask("[moderation] something else");
  const id = await phone.card("FAILED");
  await page.locator(".detail", { hasText: "The safety rules do not allow" }).waitFor();
  await page.locator(".balance", { hasText: "20" }).waitFor();
  await phone.shoot("moderation");
  await page.getByRole("button", { name: "Reuse" }).click();
  assertEquals(await page.locator("textarea").inputValue(), "[moderation] something else");
  await page.locator("article").getByRole("button", { name: "Close" }).click();
  await page.locator(`.tiles [data-id="${id}"]`).waitFor();
});

testPage("says that it pauses, without a charge", async () => {
  await using phone = await suite.stack.open();
  await suite.stack.sql`select admin.pause('test')`;
  try {
    await phone.ask("A fox");
    await phone.page.getByRole("alert").getByText("PixelPop is taking a short break").waitFor();
    await phone.shoot("paused");
  } finally {
    await suite.stack.sql`select admin.resume()`;
  }
  assertMatch(await phone.page.locator(".balance").innerText(), /20/);
});

testPage("charges once when the answer to a submission is lost", async () => {
  await using phone = await suite.stack.open();
  const { context, telegramId } = phone;
  await phone.choose("Low");
  let lost = 0;
  await context.route("**/functions/v1/generation", async (route) => {
    if (route.request().method() !== "POST" || lost++ > 0) return await route.continue();
    // It arrives, and is answered; the answer does not.
    await route.fetch();
    await route.abort();
  });
  await phone.ask("A fox, once");
  await phone.card("COMPLETED");
  assertEquals(lost, 2);
  const [user] = await suite.stack.sql<{ credits: number }[]>`
    select credits from public.users where telegram_id = ${telegramId}`;
  assertEquals(user?.credits, 19);
});

testPage("tries a picture again that does not load at first", async () => {
  await using phone = await suite.stack.open();
  const { page, context } = phone;
  let asked = 0;
  await context.route("**/pixelpop/generations/**", async (route) => {
    if (asked++ < 2) await route.abort();
    else await route.continue();
  });
  await phone.choose("Low");
  await phone.ask("A fox behind a weak signal");
  await page.locator("article .picture img.loaded").waitFor();
  assertEquals([asked, await page.locator(".lost").count()], [3, 0]);
});
