/// <reference lib="dom" />
// The page in a real browser on a real stack: coming back, losing the network, other hands, other tongues.
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BrowserContext } from "playwright-core";
import { until } from "../../supabase/functions/tests/until.ts";
import { fakeTelegramScript } from "./fake_telegram.ts";
import { definePageSuite } from "./page_suite.ts";

const suite = await definePageSuite();
const { testPage } = suite;

async function statusOf(id: string): Promise<string> {
  const [row] = await suite.stack.sql<{ status: string }[]>`
    select status from public.generations where id = ${id}`;
  return row?.status ?? "";
}

testPage("shows at once what was finished while it was closed", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  const hold = await suite.stack.hold();
  await phone.ask("A ramen bar in the rain");
  const id = await phone.card("PENDING");
  const { url } = suite.stack;
  await page.goto("about:blank");
  await hold.release();
  await until("COMPLETED", async () => await statusOf(id) === "COMPLETED");
  await page.goto(`${url}/?test_user=${phone.telegramId}`);
  await page.getByRole("heading", { name: "Finished while you were away" }).waitFor();
  await page.locator(`article[data-id="${id}"] img.loaded`).waitFor();
  await phone.shoot("finished_away");
  await page.locator("article").getByRole("button", { name: "Close" }).click();
  await page.reload();
  await page.locator(`.tiles [data-id="${id}"] img.loaded`).waitFor();
  assertEquals(await page.locator("article").count(), 0);
});

testPage("goes on watching after a reload", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  const hold = await suite.stack.hold();
  await phone.ask("A walnut library");
  const id = await phone.card("PENDING");
  await page.reload();
  assertEquals(await phone.card("PENDING"), id);
  await page.locator(".link.live").waitFor();
  await hold.release();
  assertEquals(await phone.card("COMPLETED"), id);
});

testPage("says that there is no connection, and goes on by itself", async () => {
  await using phone = await suite.stack.open();
  const { page, context } = phone;
  const hold = await suite.stack.hold();
  await phone.ask("A fox on a train");
  const id = await phone.card("PENDING");
  await page.locator(".link.live").waitFor();
  await context.setOffline(true);
  await suite.stack.door("POST /realtime/drop");
  await page.getByText("No connection. Trying again…").waitFor();
  await phone.shoot("offline");
  await hold.release();
  await until("COMPLETED", async () => await statusOf(id) === "COMPLETED");
  await context.setOffline(false);
  assertEquals(await phone.card("COMPLETED"), id);
  await page.getByText("No connection. Trying again…").waitFor({ state: "hidden" });
});

testPage("notices with nothing to watch that the connection is back", async () => {
  await using phone = await suite.stack.open();
  const { page, context } = phone;
  const pill = page.getByText("No connection. Trying again…");
  await page.getByText("Your pictures will gather here.").waitFor();
  for (const _time of ["once", "twice"]) {
    await context.setOffline(true);
    await pill.waitFor();
    await context.setOffline(false);
    await pill.waitFor({ state: "hidden" });
  }
});

testPage("keeps a notice readable under the word of no connection", async () => {
  await using phone = await suite.stack.open();
  const { page, context } = phone;
  await page.setViewportSize({ width: 360, height: 400 });
  await page.getByText("Your pictures will gather here.").waitFor();
  await context.setOffline(true);
  await page.getByText("No connection. Trying again…").waitFor();
  await phone.ask("A fox in a tunnel");
  await page.getByRole("alert").waitFor();
  for (const top of [0, 120, 150, 180]) {
    const isClear = await page.evaluate((top) => {
      scrollTo(0, top);
      const [pill, notice] = [".offline", ".notice"].map((selector) =>
        document.querySelector(selector)?.getBoundingClientRect()
      );
      return (pill?.bottom ?? Infinity) <= (notice?.top ?? 0);
    }, top);
    assert(isClear, `The notice is covered at ${top}`);
  }
});

testPage("loads its pictures after all when that failed at first, and watches them", async () => {
  await using phone = await suite.stack.open();
  const { page, context } = phone;
  const hold = await suite.stack.hold();
  await phone.ask("A fox behind a slow start");
  const id = await phone.card("PENDING");
  let isBroken = true;
  await context.route(/functions\/v1\/generation(\?.*)?$/, async (route) => {
    if (isBroken) await route.abort();
    else await route.continue();
  });
  await page.reload();
  await page.getByRole("alert").getByText("No connection").waitFor();
  assertEquals(await page.locator("article").count(), 0);
  isBroken = false;
  assertEquals(await phone.card("PENDING"), id);
  await page.getByRole("alert").waitFor({ state: "hidden" });
  await hold.release();
  assertEquals(await phone.card("COMPLETED"), id);
});

testPage("renews a session that was revoked, without a word", async () => {
  await using phone = await suite.stack.open();
  const { telegramId } = phone;
  await phone.page.locator("textarea").waitFor();
  await until("the session", async () =>
    (await suite.stack.sql`
      update private.sessions as s set revoked_at = now(), revoked_reason = 'logout'
      from public.users as u where u.id = s.user_id and u.telegram_id = ${telegramId} returning 1`)
      .length);
  await phone.ask("A fox that stays");
  await phone.card("COMPLETED");
});

testPage("loads the gallery as one scrolls, and removes from it", async () => {
  await using phone = await suite.stack.open();
  const { page, telegramId } = phone;
  await phone.choose("Low");
  await phone.ask("The first of many");
  const id = await phone.card("COMPLETED");
  await suite.stack.sql`
    insert into public.generations (user_id, prompt, size, quality, output_format, status, attempt,
      cost, public_url, created_at, started_at, finished_at)
    select g.user_id, 'Number ' || n, g.size, g.quality, g.output_format, g.status, 1,
      g.cost, g.public_url, g.created_at - n * interval '1 minute', g.started_at, g.finished_at
    from public.generations as g, generate_series(1, 44) as n where g.id = ${id}`;
  try {
    await page.reload();
    const tiles = page.locator(".tiles li");
    await until("the first page", async () => await tiles.count() >= 20);
    assert(await tiles.count() < 45);
    await page.locator(".tiles img.loaded").first().waitFor();
    await page.locator(".gallery").scrollIntoViewIfNeeded();
    await phone.shoot("gallery");
    await until("the last page", async () => {
      await page.mouse.wheel(0, 2_000);
      return await tiles.count() === 45;
    });
    assertEquals(await page.getByRole("button", { name: "Show more" }).isVisible(), false);
    await page.getByRole("button", { name: "Open picture: Number 44" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await phone.shoot("delete_question");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await until("one fewer", async () => await tiles.count() === 44);
    await page.locator(".picture-view").waitFor({ state: "hidden" });
  } finally {
    // They were never paid for.
    await suite.stack.sql`
      delete from public.generations as g using public.users as u
      where u.id = g.user_id and u.telegram_id = ${telegramId} and g.prompt like 'Number %'`;
  }
});

testPage("can be used by the keyboard alone", async () => {
  await using phone = await suite.stack.open();
  const { page } = phone;
  await page.locator("textarea").waitFor();
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: at } = document;
      return at?.getAttribute("aria-label") ?? at?.textContent ?? at?.tagName ?? "";
    });
  await page.locator("textarea").focus();
  await page.keyboard.type("A fox at the keyboard");
  for (const key of ["Tab", "ArrowRight", "Tab", "ArrowLeft", "Tab"]) {
    await page.keyboard.press(key);
  }
  assertEquals(await page.locator("input[name=size]:checked").inputValue(), "1536x1024");
  assertEquals(await page.locator("input[name=quality]:checked").inputValue(), "low");
  await page.locator("textarea").focus();
  await page.keyboard.press("Control+Enter");
  await phone.card("COMPLETED");
  await page.locator("article .picture").focus();
  await page.keyboard.press("Enter");
  await page.locator(".stage img.loaded").waitFor();
  assertEquals(await focused(), "Picture");
  await page.getByRole("button", { name: "Back" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".main-button").waitFor();
  assertMatch(await focused(), /^Open picture: A fox at the keyboard|^Your pictures/);
});

testPage("speaks Russian, in every state of a picture", async () => {
  await using phone = await suite.stack.open({ language: "ru" });
  const { page } = phone;
  await page.getByText("Здесь будут собираться ваши картинки.").waitFor();
  assertEquals(await page.evaluate(() => document.documentElement.lang), "ru");
  const hold = await suite.stack.hold();
  await phone.ask("Рыжая лиса в снегу");
  await phone.card("PENDING");
  await page.getByRole("heading", { name: "Вы следующий в очереди" }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await phone.shoot("russian");
  await hold.release();
  await phone.card("COMPLETED");
  await page.getByRole("heading", { name: "Картинка готова" }).waitFor();
  await phone.ask("[moderation]");
  await page.locator(".detail", { hasText: "Правила безопасности" }).waitFor();
  await phone.shoot("russian_failed");
});

testPage("says where to open it when there is neither Telegram nor its mock", async () => {
  const prepare = async (context: BrowserContext) => {
    await context.route(`${suite.stack.url}/?*`, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('content="/test-user"', 'content=""');
      await route.fulfill({ response, body });
    });
  };
  await using phone = await suite.stack.open({ prepare });
  await phone.page.getByText("Open PixelPop from its bot in Telegram.").waitFor();
  await phone.shoot("outside_telegram");
});

testPage("uses Telegram's own buttons, language and theme inside Telegram", async () => {
  const initData = await signedByDoor(90_001);
  const prepare = async (context: BrowserContext) => {
    const body = fakeTelegramScript(initData);
    await context.route(
      "https://telegram.org/js/telegram-web-app.js",
      (route) => route.fulfill({ contentType: "text/javascript", body }),
    );
  };
  await using phone = await suite.stack.open({
    prepare,
    address: "#tgWebAppData=x&tgWebAppVersion=8.0&tgWebAppPlatform=ios",
  });
  const { page } = phone;
  const told = () => page.evaluate(() => (globalThis as unknown as { told: string[] }).told);
  await page.getByLabel("Что нарисовать?").fill("Лиса");
  assertEquals(await page.locator(".test-bar, .main-button").count(), 0);
  await until(
    "the button's text",
    async () => (await told()).includes("main Создать · 4 кредита active"),
  );
  await page.evaluate(() => (globalThis as unknown as { press(): void }).press());
  await phone.card("COMPLETED");
  await page.locator("article .picture").click();
  await page.getByRole("button", { name: "Сохранить" }).click();
  const log = await told();
  for (const line of ["ready", "expand", "haptic success", "back shown"]) {
    assert(log.includes(line), `${line} is not in ${log.join(", ")}`);
  }
  assertMatch(log.at(-1) ?? "", /^download http.+ pixelpop-[0-9a-f]{8}\.png$/);
});

async function signedByDoor(telegramId: number): Promise<string> {
  const response = await fetch(`${suite.stack.url}/test-user`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ telegram_id: telegramId, language_code: "ru" }),
  });
  const { initData } = await response.json();
  return initData;
}
