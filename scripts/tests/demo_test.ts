// `deno task demo` as a process: what it exits with, what it says, and that its file is the stored picture.
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import postgres from "postgres";
import { inspectImage } from "../../supabase/functions/_shared/images/inspect.ts";
import { required } from "../../supabase/functions/tests/required.ts";
import { until } from "../../supabase/functions/tests/until.ts";
import { claimPort } from "../stack/ports.ts";
import { hasProcessTable, makePlace, type Place, type Program } from "./program.ts";
import { type StackProgram, startStackProgram } from "./stack_program.ts";

/** A stack that runs already, and the place it and the demos of this file run in. */
let place: Place;
let stack: StackProgram;
let variables: Record<string, string>;

Deno.test.beforeAll(async () => {
  if (!hasProcessTable) return;
  place = await makePlace();
  stack = startStackProgram(place);
  variables = await stack.ready();
  await door("PUT", "/openai/latency", { ms: 20 });
});
Deno.test.afterAll(async () => await place?.[Symbol.asyncDispose]());

function testProcess(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !hasProcessTable });
}

async function door(method: string, path: string, body: unknown): Promise<void> {
  const url = `${variables.STACK_CONTROL_URL}${path}`;
  const response = await fetch(url, { method, body: JSON.stringify(body) });
  assertEquals(response.status, 200, await response.text());
}

/** Runs a demo to its end. */
async function runDemo(...args: string[]): Promise<{ code: number; text: string }> {
  const program = place.start("demo.ts", args);
  const { code } = await program.ended();
  return { code, text: textOf(program) };
}

function textOf({ lines }: Program): string {
  return lines.join("\n");
}

/** Finds what a line says after some words. */
function find(text: string, pattern: RegExp): string {
  return required(pattern.exec(text)?.[1], `line like ${pattern} in:\n${text}`);
}

async function readObject(publicUrl: string): Promise<Uint8Array | undefined> {
  const client = new S3Client({
    endpoint: variables.AWS_ENDPOINT_URL_S3 ?? "",
    region: variables.AWS_REGION ?? "",
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? "",
    },
    forcePathStyle: true,
  });
  const bucket = variables.AWS_BUCKET_NAME ?? "";
  const key = new URL(publicUrl).pathname.slice(`/${bucket}/`.length);
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = await Body?.transformToByteArray();
  client.destroy();
  return bytes;
}

testProcess(
  "demo uses the stack that runs, sees COMPLETED by every way, and saves the stored picture",
  async () => {
    const { code, text } = await runDemo("--size", "1536x1024", "--format", "webp", "a red fox");
    assertEquals(code, 0, text);
    assertMatch(text, new RegExp(`^Using the stack at ${variables.SUPABASE_URL}$`, "m"));
    const ways = find(text, /^COMPLETED, seen by (.+)$/m);
    assertEquals(ways.split(", ").sort(), ["broadcast", "get", "postgres_changes"]);
    const [, size = "", length = "", path = ""] =
      /^Saved (\d+x\d+), (\d+) bytes: (.+)$/m.exec(text) ?? [];
    const saved = await Deno.readFile(path);
    assertEquals([size, Number(length)], ["1536x1024", saved.length]);
    assertEquals(inspectImage(saved), { format: "webp", width: 1536, height: 1024 });
    assert(path.startsWith(place.stackFolder));
    const publicUrl = find(text, /^Stored at (\S+) \(image\/webp\)$/m);
    assertEquals(await readObject(publicUrl), saved);
    for (const [name, value] of Object.entries(variables)) {
      if (/KEY|SECRET|TOKEN/.test(name)) assert(!text.includes(`${value}`), `${name} is printed`);
    }
  },
);

testProcess("demo by Realtime alone, and by polling alone, ends the same", async () => {
  const runs = [["--no-poll", "broadcast, postgres_changes, get"], ["--no-realtime", "get"]];
  const ended = await Promise.all(runs.map(([flag = ""]) => runDemo(flag, "a fox")));
  for (const [index, { code, text }] of ended.entries()) {
    assertEquals(code, 0, text);
    assertEquals(find(text, /^COMPLETED, seen by (.+)$/m), runs[index]?.[1]);
    assertMatch(text, /^Saved 1024x1024, \d+ bytes: /m);
  }
});

testProcess(
  "demo fails with 1 and says why, when the picture is refused or does not come",
  async () => {
    const moderated = await runDemo("[moderation] a fox");
    assertEquals(moderated.code, 1, moderated.text);
    assertMatch(moderated.text, /^FAILED: .+ \(moderation_blocked\)$/m);
    assert(!moderated.text.includes("Saved"));

    await door("PUT", "/openai/faults", [{ hang: true }]);
    const late = await runDemo("--timeout", "1", "a fox");
    await door("PUT", "/openai/faults", []);
    assertEquals(late.code, 1, late.text);
    assertMatch(late.text, /^Not completed: the last status is PROCESSING after 1 s/m);
  },
);

testProcess("demo fails with 1 and says why, when it is refused", async () => {
  const sql = postgres(variables.DATABASE_URL ?? "", { max: 1, onnotice: () => {} });
  try {
    await sql`update private.settings set signup_credits = 0`;
    const poor = await runDemo("--user", "900", "a fox");
    assertEquals(poor.code, 1, poor.text);
    assertMatch(
      poor.text,
      /^Refused: Not enough credits: .+ \(insufficient_credits, request \w+\)$/m,
    );
    const wrong = await runDemo("--size", "1x1", "a fox");
    assertEquals(wrong.code, 1, wrong.text);
    assertMatch(wrong.text, /^Refused: .*size.* \(invalid_request, request \w+\)$/m);
  } finally {
    await sql`update private.settings set signup_credits = 20`;
    await sql.end();
  }
});

testProcess(
  "demo answers what it does not understand with 2, and half a project with 1",
  async () => {
    const cases: [args: string[], code: number, pattern: RegExp][] = [
      [["--sice", "1", "a fox"], 2, /^Unknown option --sice$/m],
      [[], 2, /^Usage: deno task demo/m],
      [["--no-poll", "--no-realtime", "a fox"], 2, /give --no-poll or --no-realtime, not both/],
      [["--timeout", "abc", "a fox"], 2, /^--timeout is "abc": wanted a whole number from 1 to/m],
      [["--user", "x", "a fox"], 2, /^--user is "x": wanted a whole number from 1 to/m],
      [["--port", "", "a fox"], 2, /^--port is "": wanted a whole number from 0 to 65535$/m],
      [["--help"], 0, /^Usage: deno task demo/m],
    ];
    const programs = cases.map(([args]) => place.start("demo.ts", args));
    const half = place.start("demo.ts", ["a fox"], { SUPABASE_URL: "http://127.0.0.1:9" });
    for (const [index, program] of programs.entries()) {
      const [, code, pattern] = cases[index] ?? [];
      assertEquals((await program.ended()).code, code);
      assertMatch(textOf(program), pattern ?? /$^/);
    }
    assertEquals((await half.ended()).code, 1);
    assertEquals(half.lines, [
      "Cannot use the project of SUPABASE_URL: SUPABASE_PUBLISHABLE_KEY and TELEGRAM_BOT_TOKEN not set, wanted too",
    ]);
  },
);

testProcess(
  "demo starts a stack of its own when none runs, and leaves nothing but the picture",
  async () => {
    await using alone = await makePlace();
    // What a stack that was killed may have left: nobody answers there.
    const stale = { ...variables, SUPABASE_URL: `http://127.0.0.1:${claimPort(0)}` };
    const lines = Object.entries(stale).map(([name, value]) => `${name}=${value}\n`);
    await Deno.writeTextFile(join(alone.stackFolder, "env"), lines.join(""));
    const program = alone.start("demo.ts", ["a red fox in the snow"]);
    assertEquals((await program.ended()).code, 0, textOf(program));
    assertMatch(textOf(program), /^No stack runs: starting one$/m);
    const path = find(textOf(program), /^Saved 1024x1024, \d+ bytes: (.+)$/m);
    assertEquals(inspectImage(await Deno.readFile(path)).format, "png");
    await alone.untilNoTraces();
  },
);

testProcess("demo that is interrupted while it starts its stack leaves nothing", async () => {
  await using alone = await makePlace();
  const program = alone.start("demo.ts", ["a fox"]);
  await until(
    "Postgres is being started",
    () => alone.traces().some((line) => /postgres/.test(line)),
  );
  program.kill("SIGINT");
  const { code } = await program.ended();
  assert(code !== 0, textOf(program));
  await alone.untilNoTraces();
});

testProcess("the stack that served the demos ends by SIGINT and leaves nothing", async () => {
  await stack.endBy("SIGINT");
});
