/** The message when nobody looks: sent once, to who allows it, unless the picture was fetched. */
import { assertEquals } from "@std/assert";
import { type Account, type Backend, startBackend } from "./backend.ts";

async function withBackend(test: (backend: Backend) => Promise<void>): Promise<void> {
  await using backend = await startBackend();
  await backend.sql`update private.settings set bot_message_after_seconds = 30`;
  await test(backend);
  assertEquals(await backend.violations(), []);
}

/** Completes a generation; its message is then planned. */
async function complete(backend: Backend, account: Account): Promise<string> {
  const response = await backend.send("generation", {
    method: "POST",
    token: account.token,
    body: { prompt: "a fox", quality: "low" },
  });
  const { id } = await response.json();
  await backend.work();
  return id;
}

/** Makes what is planned due, and rings. */
async function passTime(backend: Backend): Promise<void> {
  await backend.sql`update pgmq.q_bot_messages set vt = now()`;
  await backend.work();
}

Deno.test("bot sends the picture of a user who allows it and did not come back, once", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn(77, { allows_write_to_pm: true });
    const id = await complete(backend, account);
    assertEquals(backend.bot.requests(), []);
    await passTime(backend);
    await passTime(backend);
    const [message, ...others] = backend.bot.requests();
    assertEquals(others, []);
    assertEquals(message?.chat_id, 77);
    assertEquals(message?.photo?.endsWith(`${id}.png`), true);
    assertEquals(message?.caption, "Your picture is ready");
  }));

Deno.test("bot sends nothing when the picture was fetched, not allowed, or switched off", () =>
  withBackend(async (backend) => {
    const seen = await backend.logIn(1, { allows_write_to_pm: true });
    const id = await complete(backend, seen);
    await (await backend.send(`generation/${id}`, { token: seen.token })).body?.cancel();
    await complete(backend, await backend.logIn(2));
    await backend.sql`update private.settings set bot_message_after_seconds = null`;
    await complete(backend, await backend.logIn(3, { allows_write_to_pm: true }));
    await passTime(backend);
    assertEquals(backend.bot.requests(), []);
  }));

Deno.test("bot is turned off for a user who blocked it", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn(5, { allows_write_to_pm: true });
    backend.bot.setFaults([{ status: 403 }]);
    await complete(backend, account);
    await passTime(backend);
    await complete(backend, account);
    await passTime(backend);
    assertEquals(backend.bot.requests().length, 1);
    const [user] = await backend.sql`select allows_write_to_pm from public.users`;
    assertEquals(user?.allows_write_to_pm, false);
  }));

Deno.test("bot waits when the Bot API asks it to, and tries again after a failure", () =>
  withBackend(async (backend) => {
    const account = await backend.logIn(6, { allows_write_to_pm: true });
    backend.bot.setFaults([{ status: 429, retry_after: 5 }, { status: 500 }]);
    await complete(backend, account);
    for (const statuses of [[429], [429, 500], [429, 500, 200], [429, 500, 200]]) {
      await passTime(backend);
      assertEquals(backend.bot.requests().map(({ status }) => status), statuses);
    }
  }));

Deno.test("bot sends a picture that is no photo for Telegram as a document", () =>
  withBackend(async (backend) => {
    backend.bot.setFaults([{ status: 400, description: "Bad Request: PHOTO_INVALID_DIMENSIONS" }]);
    const id = await complete(backend, await backend.logIn(7, { allows_write_to_pm: true }));
    await passTime(backend);
    const [photo, document, ...others] = backend.bot.requests();
    assertEquals([photo?.method, photo?.status], ["sendPhoto", 400]);
    assertEquals([document?.method, document?.status], ["sendDocument", 200]);
    assertEquals(document?.document?.endsWith(`${id}.png`), true);
    assertEquals(others, []);
  }));

Deno.test("bot says in words, with a button, what it cannot send after five tries", () =>
  withBackend(async (backend) => {
    backend.environment.MINI_APP_URL = "https://app.example.com/";
    // A photo and a document a try.
    backend.bot.setFaults(Array(10).fill({ status: 400 }));
    await complete(backend, await backend.logIn(8, { allows_write_to_pm: true }));
    for (let tries = 0; tries < 7; tries++) await passTime(backend);
    const requests = backend.bot.requests();
    assertEquals(requests.length, 11);
    const last = requests.at(-1);
    assertEquals([last?.method, last?.status, last?.text], [
      "sendMessage",
      200,
      "Your picture is ready",
    ]);
    const [row] = await backend.sql`select outcome, tries from private.bot_messages`;
    assertEquals({ ...row }, { outcome: "sent", tries: 5 });
  }));
