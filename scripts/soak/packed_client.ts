/// <reference lib="dom" />
/**
 * The package as npm packs it, installed into the example app: type-checked, built by Vite, and run in
 * Chromium against a stack, from login to the picture.
 *
 * Run: `deno task soak packed_client`; needs npm and a chromium. Leaves `.stack/screenshots/packed_client.png`.
 */
import { assertEquals } from "@std/assert";
import { extname, join } from "@std/path";
import { buildClient } from "../build_client.ts";
import { signInitData } from "../demo/sign_init_data.ts";
import { print } from "../demo/status_line.ts";
import { STACK_FOLDER } from "../stack/env_file.ts";
import { startStack } from "../stack/stack.ts";
import { PROJECT_ROOT } from "../stack/supabase_cli.ts";
import { findChromium, startBrowser } from "../test/browser.ts";

const SCREENSHOT = join(STACK_FOLDER, "screenshots", "packed_client.png");
/** One command of npm, a cold download included. */
const NPM_MS = 300_000;
const PATIENCE_MS = 60_000;
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

async function main(): Promise<void> {
  const chromium = await findChromium();
  if (chromium === undefined) throw new Error("Wanted a chromium on PATH");
  const folder = await Deno.makeTempDir({ prefix: "pixelpop-packed-client-" });
  try {
    print(`${await buildClient()} modules built\n`);
    const tarball = await pack(folder);
    const app = join(folder, "app");
    await copyFolder(join(PROJECT_ROOT, "client/example"), app);
    await copyReadme(app);
    await npm(app, ["install", "--no-audit", "--no-fund", tarball]);
    const stack = await startStack({ port: 0 });
    try {
      await npm(app, ["run", "build"], {
        VITE_SUPABASE_URL: stack.variables.SUPABASE_URL ?? "",
        VITE_SUPABASE_PUBLISHABLE_KEY: stack.variables.SUPABASE_PUBLISHABLE_KEY ?? "",
      });
      print("installed, type-checked and built\n");
      const initData = await signInitData({
        botToken: stack.variables.TELEGRAM_BOT_TOKEN ?? "",
        user: { id: 1, first_name: "Ada" },
      });
      await run(chromium, { dist: join(app, "dist"), initData });
    } finally {
      await stack.stop();
    }
    print(`COMPLETED in Chromium: ${SCREENSHOT.slice(PROJECT_ROOT.length)}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a reader of the README knows before its first block. */
const BEFORE_README =
  `declare const supabaseUrl: string, publishableKey: string, image: HTMLImageElement;
declare const Telegram: { WebApp: { initData: string } };
`;

/** Puts the README's first block among the app's sources, where the compiler checks it. */
async function copyReadme(app: string): Promise<void> {
  const readme = await Deno.readTextFile(join(PROJECT_ROOT, "client/README.md"));
  const block = /```ts\n([^]+?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error("client/README.md has no block of TypeScript");
  await Deno.writeTextFile(join(app, "src/readme.ts"), `${BEFORE_README}${block}`);
}

/** Packs the package; gives the tarball's path. */
async function pack(folder: string): Promise<string> {
  const output = await npm(join(PROJECT_ROOT, "client"), ["pack", "--pack-destination", folder]);
  const files = output.trim().split("\n");
  return join(folder, files.at(-1) ?? "");
}

/** Serves the built app, logs in, asks for a picture and waits until it is shown. */
async function run(
  chromium: string,
  { dist, initData }: { dist: string; initData: string },
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const path = pathname === "/" ? "/index.html" : pathname;
    const bytes = await Deno.readFile(join(dist, path)).catch(() => undefined);
    if (bytes === undefined) return new Response(null, { status: 404 });
    return new Response(bytes, { headers: { "content-type": TYPES[extname(path)] ?? "" } });
  });
  const browser = await startBrowser(chromium);
  try {
    const page = await browser.newPage({ viewport: { width: 400, height: 640 } });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.setDefaultTimeout(PATIENCE_MS);
    const launch = new URLSearchParams({ tgWebAppData: initData });
    await page.goto(`http://127.0.0.1:${server.addr.port}/#${launch}`);
    await page.getByRole("button", { name: "(20 credits)" }).waitFor();
    await page.getByLabel("Prompt").fill("a red fox in the snow");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("status").getByText("COMPLETED").waitFor();
    await page.waitForFunction(() => (document.querySelector("img")?.naturalWidth ?? 0) > 0);
    await page.getByRole("button", { name: "(19 credits)" }).waitFor();
    await Deno.mkdir(join(STACK_FOLDER, "screenshots"), { recursive: true });
    await page.screenshot({ path: SCREENSHOT });
    assertEquals(errors, []);
  } finally {
    await browser.close();
    await server.shutdown();
  }
}

async function npm(
  cwd: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args,
    cwd,
    env,
    stdin: "null",
    signal: AbortSignal.timeout(NPM_MS),
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return out ?? "";
  throw new Error(`npm ${args.join(" ")} failed:\n${out}${errors}`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (name === "node_modules" || name === "dist") continue;
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

if (import.meta.main) await main();
