/** `deno task demo "a prompt"`: the whole flow, on a stack of its own when none runs. */
import { parseArgs } from "@std/cli/parse-args";
import { readNumber, refuse } from "./command_line.ts";
import { ApiError } from "./demo/api.ts";
import { type DemoOptions, runDemo } from "./demo/run.ts";
import { print } from "./demo/status_line.ts";
import { findTarget, type Target, toTarget } from "./demo/target.ts";
import type { Way } from "./demo/watch.ts";
import { startStack } from "./stack/stack.ts";

const HELP = `Draws one picture, from login to file.

Usage: deno task demo [options] "a prompt"

  --size SIZE        1024x1024 (default), 1536x1024 or 1024x1536
  --quality QUALITY  low (default here), medium or high
  --format FORMAT    png (default), webp or jpeg
  --user ID          Telegram id to log in as (default 424242)
  --no-poll          do not poll: Realtime alone must tell
  --no-realtime      no Realtime: polling alone must tell
  --timeout SECONDS  longest wait (default 300)
  --port N           port of the stack that is started when none runs (default: any free one)

It uses, in this order: the project of SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY and TELEGRAM_BOT_TOKEN;
a stack that runs (deno task start); a stack of its own. With OPENAI_API_KEY set, its own stack draws
with OpenAI; with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_BUCKET_NAME it stores in that bucket.
`;

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, {
    boolean: ["help", "poll", "realtime"],
    // "_": a prompt of digits stays as it was typed.
    string: ["_", "size", "quality", "format", "user", "timeout", "port"],
    negatable: ["poll", "realtime"],
    alias: { h: "help" },
    default: { poll: true, realtime: true },
    unknown(name: string) {
      return !name.startsWith("-") || refuse(`Unknown option ${name}`, HELP);
    },
  });
  const prompt = flags._.join(" ").trim();
  if (flags.help || prompt === "") {
    print(HELP);
    return flags.help ? 0 : 2;
  }
  if (!flags.poll && !flags.realtime) {
    refuse("Nothing would tell of the picture: give --no-poll or --no-realtime, not both", HELP);
  }
  const ways: Way[] = [];
  if (flags.realtime) ways.push("broadcast", "postgres_changes");
  if (flags.poll) ways.push("get");
  const number = (
    name: "user" | "timeout" | "port",
    preset: number,
    bounds: { min: number; max: number },
  ) => readNumber({ name, text: flags[name], preset, ...bounds }, HELP);
  const options: DemoOptions = {
    prompt,
    size: flags.size ?? "1024x1024",
    quality: flags.quality ?? "low",
    outputFormat: flags.format ?? "png",
    telegramId: number("user", 424_242, { min: 1, max: 2 ** 52 - 1 }),
    ways: new Set(ways),
    timeoutSeconds: number("timeout", 300, { min: 1, max: 86_400 }),
  };
  const port = number("port", 0, { min: 0, max: 65_535 });
  return await withTarget(port, async (target) => {
    print(`Using ${target.description}\n`);
    return await runDemo(target, options) ? 0 : 1;
  });
}

async function withTarget(
  port: number,
  run: (target: Target) => Promise<number>,
): Promise<number> {
  const target = await findTarget(Deno.env.get);
  if (target !== undefined) return await run(target);
  print("No stack runs: starting one\n");
  const startedAt = Date.now();
  const stack = await startStack({ port, env: Deno.env.get });
  const stop = () => void stack.stop().then(() => Deno.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  try {
    for (const note of stack.notes) print(`${note}\n`);
    print(`Started in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
    const { variables } = stack;
    return await run(toTarget((name) => variables[name], `its own stack at ${stack.url}`));
  } finally {
    await stack.stop();
  }
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (error instanceof ApiError) {
    print(`Refused: ${error.message} (${error.code}, request ${error.requestId})\n`);
  } else {
    print(`${error instanceof Error ? error.message : error}\n`);
  }
  Deno.exit(1);
}
