// A generation's whole life on the whole stack, over HTTP: every end it can have, and how its owner hears of it.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { subscribe } from "../../../../scripts/stack/tests/realtime_fixture.ts";
import { inspectImage } from "../../_shared/images/inspect.ts";
import { required } from "../required.ts";
import { startWholeStack, type WholeStack } from "./whole_stack.ts";

let stack: WholeStack;

Deno.test.beforeAll(async () => {
  stack = await startWholeStack();
});
Deno.test.afterAll(() => stack?.stop());

/** The object behind a public URL, read with the bucket's keys. */
async function readObject(publicUrl: string): Promise<Uint8Array> {
  const { variables } = stack;
  const bucket = required(variables.AWS_BUCKET_NAME);
  const client = new S3Client({
    endpoint: required(variables.AWS_ENDPOINT_URL_S3),
    region: required(variables.AWS_REGION),
    credentials: {
      accessKeyId: required(variables.AWS_ACCESS_KEY_ID),
      secretAccessKey: required(variables.AWS_SECRET_ACCESS_KEY),
    },
    forcePathStyle: true,
  });
  try {
    const key = new URL(publicUrl).pathname.slice(`/${bucket}/`.length);
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await required(Body).transformToByteArray();
  } finally {
    client.destroy();
  }
}

const PICTURES = [
  { size: "1024x1024", output_format: "png", quality: "low", cost: 1 },
  { size: "1536x1024", output_format: "webp", quality: "medium", cost: 4 },
  { size: "1024x1536", output_format: "jpeg", quality: "high", cost: 15 },
];
for (const { cost, ...wanted } of PICTURES) {
  const { size, output_format } = wanted;
  Deno.test(`a ${size} ${output_format} is drawn, stored and public: the size, type and bytes are right`, async () => {
    const account = await stack.logIn();
    const response = await stack.submit(account, { body: wanted });
    assertEquals(response.status, 202);
    const accepted = await response.json();
    assertEquals([accepted.status, accepted.credits], ["PENDING", 20 - cost]);
    assertEquals(accepted.channel, `user:${account.id}`);
    const location = required(response.headers.get("location"));
    const state = await stack.untilStatus(account, accepted.id, "COMPLETED", "FAILED");
    assertEquals(
      { ...state, created_at: "", started_at: "", finished_at: "" },
      {
        id: accepted.id,
        status: "COMPLETED",
        prompt: "a red fox",
        ...wanted,
        attempt: 1,
        created_at: "",
        started_at: "",
        finished_at: "",
        public_url: state.public_url,
        error: null,
        queue: null,
        poll_after_ms: 0,
        version: state.version,
      } as typeof state & Record<"created_at" | "started_at" | "finished_at", string>,
    );
    const there = await fetch(new URL(location, stack.url), {
      headers: { authorization: `Bearer ${account.token}` },
    });
    assertEquals((await there.json()).status, "COMPLETED");

    const publicUrl = required(state.public_url);
    const picture = await fetch(publicUrl);
    assertEquals([picture.status, picture.headers.get("content-type")], [
      200,
      `image/${output_format}`,
    ]);
    const bytes = new Uint8Array(await picture.arrayBuffer());
    const [width, height] = size.split("x").map(Number);
    assertEquals(inspectImage(bytes), { format: output_format, width, height } as never);
    assertEquals(await readObject(publicUrl), bytes);
    assertEquals(await stack.credits(account), 20 - cost);
  });
}

Deno.test("a moderated prompt ends FAILED, with its error and the credits back", async () => {
  const account = await stack.logIn();
  const id = await stack.accept(account, { prompt: "[moderation] something" });
  const state = await stack.untilStatus(account, id, "COMPLETED", "FAILED");
  assertEquals([state.status, state.error?.code], ["FAILED", "moderation_blocked"]);
  assert(required(state.error).message.length > 0);
  assertEquals([state.public_url, state.poll_after_ms], [null, 0]);
  assertEquals(await stack.credits(account), 20);
});

Deno.test("a waiting generation is cancelled by DELETE; the credits are back, nothing is drawn", async () => {
  const account = await stack.logIn();
  const held = await stack.hold();
  const id = await stack.accept(account, { prompt: "a cancelled fox" });
  const waiting = await stack.look(account, id);
  assertEquals([waiting.status, required(waiting.queue).position], ["PENDING", 1]);
  const { token } = account;
  const response = await stack.call(`generation/${id}`, { method: "DELETE", token });
  assertEquals([response.status, (await response.json()).status], [200, "CANCELLED"]);
  assertEquals(await stack.credits(account), 20);
  await held.release();
  await stack.untilStatus(account, await stack.accept(account), "COMPLETED");
  const drawn = await stack.door<{ prompt: string }[]>("GET /openai/requests");
  assert(drawn.every(({ prompt }) => prompt !== "a cancelled fox"));
});

Deno.test("a finished generation is removed by DELETE: its picture, and from its owner's list", async () => {
  const account = await stack.logIn();
  const { token } = account;
  const id = await stack.accept(account);
  const { public_url: publicUrl } = await stack.untilStatus(account, id, "COMPLETED");
  assertEquals((await stack.call(`generation/${id}`, { method: "DELETE", token })).status, 200);
  const gone = await fetch(required(publicUrl));
  await gone.body?.cancel();
  assert(gone.status === 403 || gone.status === 404);
  const { items } = await (await stack.call("generation", { token })).json();
  assertEquals(items, []);
  assertEquals((await stack.call(`generation/${id}`, { token })).status, 404);
});

Deno.test("private Broadcast alone tells of PROCESSING and COMPLETED, with the picture's address", async () => {
  const account = await stack.logIn();
  const client = await stack.client(account);
  const { broadcasts } = await subscribe(client, { topic: `user:${account.id}`, isPrivate: true });
  const id = await stack.accept(account);
  const [first, last] = [await broadcasts.take(), await broadcasts.take()];
  assertEquals([first.event, last.event], ["generation", "generation"]);
  assertEquals([first.payload.id, first.payload.status], [id, "PROCESSING"]);
  assertEquals([last.payload.id, last.payload.status, last.payload.error_code], [
    id,
    "COMPLETED",
    null,
  ]);
  assert(last.payload.version > first.payload.version);
  const picture = await fetch(last.payload.public_url);
  assertEquals(picture.status, 200);
  await picture.body?.cancel();
});

Deno.test("postgres_changes alone tells of PROCESSING and COMPLETED, with the picture's address", async () => {
  const account = await stack.logIn();
  const held = await stack.hold();
  const id = await stack.accept(account);
  const { changes } = await subscribe(await stack.client(account), {
    topic: `generation:${id}`,
    changes: [{ event: "UPDATE", schema: "public", table: "generations", filter: `id=eq.${id}` }],
  });
  await held.release();
  const [first, last] = [await changes.take(), await changes.take()];
  assertEquals([first.new.status, last.new.status], ["PROCESSING", "COMPLETED"]);
  const picture = await fetch(last.new.public_url);
  assertEquals(picture.status, 200);
  await picture.body?.cancel();
});

Deno.test("the poll alone finishes when every socket is dropped and Realtime stays away", async () => {
  const account = await stack.logIn();
  const client = await stack.client(account);
  const { channel, statuses, broadcasts } = await subscribe(client, {
    topic: `user:${account.id}`,
    isPrivate: true,
  });
  const held = await stack.hold();
  const id = await stack.accept(account);
  await stack.door("PUT /realtime", { mode: "down" });
  try {
    await stack.door("POST /realtime/drop");
    await statuses.find(({ status }) => status === "CHANNEL_ERROR");
    await held.release();
    const state = await stack.untilStatus(account, id, "COMPLETED", "FAILED");
    assertEquals([state.status, broadcasts.size], ["COMPLETED", 0]);
  } finally {
    await stack.door("PUT /realtime", { mode: "up" });
    await client.removeChannel(channel);
  }
});

Deno.test("a client whose socket was dropped joins again by itself and hears of the next", async () => {
  const account = await stack.logIn();
  const client = await stack.client(account);
  const { statuses, broadcasts } = await subscribe(client, {
    topic: `user:${account.id}`,
    isPrivate: true,
  });
  await stack.door("POST /realtime/drop");
  await statuses.find(({ status }) => status === "SUBSCRIBED");
  const id = await stack.accept(account);
  const last = await broadcasts.find(({ payload }) => payload.status === "COMPLETED");
  assertEquals(last.payload.id, id);
});

Deno.test("the functions' logs hold no token, secret, initData or prompt", async () => {
  const account = await stack.logIn();
  await stack.untilStatus(account, await stack.accept(account), "COMPLETED");
  const log = stack.logs.join("\n");
  for (const name of ["auth", "generation", "worker"]) {
    assertMatch(log, new RegExp(`^${name} \\| .*"request"`, "m"));
  }
  const secrets = [account.token, account.refreshToken, "a red fox", "query_id"];
  for (const [name, value] of Object.entries(stack.variables)) {
    if (/KEY|SECRET|TOKEN/.test(name)) secrets.push(value);
  }
  for (const secret of secrets) assert(!log.includes(secret), "the log holds a secret");
});
