// `deno task start` as a process: what it says, what it leaves for others, and that it leaves nothing at the
// end. Its end by SIGINT is in demo_test.ts.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { until } from "../../supabase/functions/tests/until.ts";
import { callFunction } from "../demo/api.ts";
import { signInitData } from "../demo/sign_init_data.ts";
import { hasProcessTable, makePlace, type Program } from "./program.ts";
import { readVariables, startStackProgram } from "./stack_program.ts";

/** The names the contract promises, with a redis-server. */
const NAMES = [
  "SUPABASE_URL",
  "SUPABASE_PUBLISHABLE_KEY",
  "SUPABASE_SECRET_KEY",
  "DATABASE_URL",
  "TELEGRAM_BOT_TOKEN",
  "JWT_SECRET",
  "WORKER_SECRET",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_REGION",
  "AWS_BUCKET_NAME",
  "UPSTASH_REDIS_REST_URL",
  "UPSTASH_REDIS_REST_TOKEN",
  "OPENAI_BASE_URL",
  "OPENAI_API_KEY",
  "STACK_CONTROL_URL",
];

function testProcess(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !hasProcessTable });
}

/** Asks a stack for a picture and waits for it, knowing no more than its variables. */
async function drawPicture(variables: Record<string, string>): Promise<string> {
  const { SUPABASE_URL: url = "", TELEGRAM_BOT_TOKEN: botToken = "" } = variables;
  const initData = await signInitData({ botToken, user: { id: 1, first_name: "Test" } });
  const post = <Answer>(path: string, body: unknown, token?: string) =>
    callFunction<Answer>(url, path, { method: "POST", body, ...(token && { token }) });
  const { access_token: token } = await post<{ access_token: string }>("auth/login", { initData });
  const accepted = await post<{ id: string }>(
    "generation",
    { prompt: "a fox", quality: "low" },
    token,
  );
  return await until("the picture is drawn", async () => {
    const state = await callFunction<{ public_url: string | null }>(
      url,
      `generation/${accepted.id}`,
      { token },
    );
    return state.public_url;
  });
}

testProcess(
  "two stacks run side by side, each its own; one is killed, the other goes on, and kept data is there again",
  async () => {
    // The same .stack folder, as two stacks of one checkout have it.
    await using place = await makePlace();
    await using other = await makePlace(place.stackFolder);
    const path = join(place.stackFolder, "env");
    const args = ["--data", join(place.stackFolder, "data")];
    const kept = startStackProgram(place, { args });
    const one = await kept.ready();
    assertEquals(await readVariables(path), one);
    const second = startStackProgram(other);
    const two = await second.ready();
    // Found is the one that was started last.
    assertEquals(await readVariables(path), two);
    for (const name of Object.keys(one)) {
      const isShared = name === "AWS_REGION" || name === "AWS_BUCKET_NAME";
      assertEquals(one[name] === two[name], isShared, name);
    }
    assertTellsWhatItShould(kept.program, one);
    // Secrets: for this user alone.
    for (const file of [path, `${path}.${kept.port}`, `${path}.${second.port}`]) {
      assertEquals((await Deno.stat(file)).mode ?? 0, 0o100600);
    }
    const [picture, another] = await Promise.all([drawPicture(one), drawPicture(two)]);
    assert(picture.startsWith(`${one.AWS_ENDPOINT_URL_S3}/`));
    assert(another.startsWith(`${two.AWS_ENDPOINT_URL_S3}/`));

    await kept.endBy("SIGKILL");
    assertEquals(await readVariables(path), two);
    await drawPicture(two);

    const again = startStackProgram(place, { port: kept.port, args });
    const same = await again.ready();
    for (const name of ["SUPABASE_PUBLISHABLE_KEY", "JWT_SECRET", "TELEGRAM_BOT_TOKEN"]) {
      assertEquals(same[name], one[name], name);
    }
    const response = await fetch(picture);
    await response.body?.cancel();
    assertEquals(response.status, 200);
    assertEquals(await readVariables(path), same);

    // The one started last crashes: the other is found again.
    await again.endBy("SIGKILL");
    assertEquals(await readVariables(path), two);
    await second.endBy("SIGTERM");
    assertEquals(await readVariables(path), undefined);
  },
);

/** "ready" on a line of its own, every variable of the contract in the file, no secret on the terminal. */
function assertTellsWhatItShould({ lines }: Program, variables: Record<string, string>): void {
  assert(lines.includes("ready"));
  const hasRedis = !lines.some((line) => line.startsWith("No redis-server"));
  const names = NAMES.filter((name) => hasRedis || !name.startsWith("UPSTASH"));
  assertEquals(Object.keys(variables).sort(), names.sort());
  for (const [name, value] of Object.entries(variables)) {
    const isSecret = /KEY|SECRET|TOKEN/.test(name);
    assert(!isSecret || !lines.join("\n").includes(value), `${name} is printed`);
  }
}

testProcess(
  "start that is told to end while it starts ends, says so, and leaves nothing",
  async () => {
    await using place = await makePlace();
    const { program, endBy } = startStackProgram(place);
    await until(
      "Postgres is being started",
      () => place.traces().some((line) => /postgres/.test(line)),
    );
    await endBy("SIGTERM");
    assertEquals(program.lines, ["stopped before it was ready"]);
  },
);

testProcess(
  "start refuses a taken port in one line that says which, and how to choose another",
  async () => {
    await using place = await makePlace();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const program = place.start("start.ts", ["--port", `${port}`]);
    assertEquals((await program.ended()).code, 1);
    assertEquals(program.lines, [
      `Port ${port} is taken: stop what uses it, or choose another with --port N`,
    ]);
    assertEquals(place.traces(), []);
  },
);

testProcess(
  "start answers an option it does not know, and a port that is none, with 2 and its usage",
  async () => {
    await using place = await makePlace();
    const cases: [args: string[], pattern: RegExp][] = [
      [["--prot", "1"], /^Unknown option --prot$/],
      [["7000"], /^Unknown option 7000$/],
      [["--port", "x"], /^The port is "x": wanted a number from 1 to 65535$/],
      [["--port", "70000"], /^The port is "70000": wanted a number from 1 to 65535$/],
    ];
    const programs = cases.map(([args]) => place.start("start.ts", args));
    for (const [index, program] of programs.entries()) {
      assertEquals((await program.ended()).code, 2);
      assertMatch(program.lines[0] ?? "", cases[index]?.[1] ?? /$^/);
    }
    assertEquals(place.traces(), []);
  },
);
