/** `deno task start`: the embedded stack in the foreground until Ctrl-C. */
import { parseArgs } from "@std/cli/parse-args";
import { join, relative, resolve } from "@std/path";
import { createStackPage } from "./stack/mini_app/stack_page.ts";
import { refuse } from "./command_line.ts";
import { print } from "./demo/status_line.ts";
import { ENV_PATH, STACK_FOLDER, writeEnvFile } from "./stack/env_file.ts";
import { onLauncherGone } from "./stack/launcher.ts";
import { startStack } from "./stack/stack.ts";
import { PROJECT_ROOT } from "./stack/supabase_cli.ts";

const HELP = `Starts the embedded stack and stays in the foreground until Ctrl-C.

Usage: deno task start [options]

  --port N     port of the gateway (default 54321)
  --data DIR   keep the data in DIR (default: a temporary folder, removed at the end)
  --verbose    print the functions' logs here too

When it is up it prints "ready", and .stack/env holds the addresses and keys. The functions' logs are
in .stack/functions.<port>.log. OPENAI_API_KEY (with OPENAI_BASE_URL), the AWS_… variables with
AWS_BUCKET_NAME, UPSTASH_REDIS_REST_URL and _TOKEN, TELEGRAM_BOT_TOKEN, JWT_SECRET and
JWT_SIGNING_KEY replace the stand-ins when they are set.
`;

async function main(args: string[]): Promise<void> {
  const flags = parseArgs(args, {
    boolean: ["help", "verbose"],
    string: ["port", "data"],
    alias: { h: "help" },
    unknown(name: string) {
      refuse(`Unknown option ${name}`, HELP);
    },
  });
  if (flags.help) return print(HELP);
  const port = parsePort(flags.port);

  // Signals are heard from the first moment: a start that is broken off cleans up as well.
  const end = new AbortController();
  const ask = () => end.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, ask);
  }
  onLauncherGone(ask);

  using log = openLog(port);
  const startedAt = Date.now();
  const page = createStackPage();
  const stack = await startStack({
    port,
    page: page.serve,
    env: Deno.env.get,
    signal: end.signal,
    onFunctionLog(line) {
      log.write(line);
      if (flags.verbose) print(`${line}\n`);
    },
    ...(flags.data === undefined ? {} : { dataDirectory: resolve(flags.data) }),
  }).catch((error) => {
    // Whatever failed after that failed because of it: a Ctrl-C reaches the children too.
    if (!end.signal.aborted) throw error;
  });
  if (stack === undefined) return print("stopped before it was ready\n");
  page.open(stack.variables);
  try {
    const file = await writeEnvFile(port, stack.variables);
    stack.removeAfterCrash(file.path, ENV_PATH);
    try {
      for (const note of stack.notes) print(`${note}\n`);
      print(`PixelPop on ${stack.url}, control door ${stack.variables.STACK_CONTROL_URL}\n`);
      print(`Addresses and keys in ${shown(ENV_PATH)}; started in ${seconds(startedAt)} s\n`);
      print("ready\n");
      await aborted(AbortSignal.any([end.signal, stack.failed]));
    } finally {
      await file.remove();
    }
  } finally {
    print("stopping\n");
    await stack.stop();
  }
  stack.failed.throwIfAborted();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The functions' log. Opened by its first line: until then another stack may have the port, and the file. */
function openLog(port: number): Disposable & { write(line: string): void } {
  const encoder = new TextEncoder();
  let file: Deno.FsFile | undefined;
  return {
    write(line) {
      file ??= openFile(join(STACK_FOLDER, `functions.${port}.log`));
      file.writeSync(encoder.encode(`${line}\n`));
    },
    [Symbol.dispose]: () => file?.close(),
  };
}

function openFile(path: string): Deno.FsFile {
  Deno.mkdirSync(STACK_FOLDER, { recursive: true });
  return Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
}

function shown(path: string): string {
  return relative(PROJECT_ROOT, path);
}

function parsePort(text: string | undefined): number {
  const port = Number(text ?? 54321);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  print(`The port is "${text}": wanted a number from 1 to 65535\n`);
  Deno.exit(2);
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}

try {
  await main(Deno.args);
  Deno.exit(0);
} catch (error) {
  print(`${error instanceof Error ? error.message : error}\n`);
  Deno.exit(1);
}
