/// <reference lib="dom" />
/** Runs the one watch in each runtime supabase-js is used in: this Deno, a Node.js, a Chromium. */
import { fromFileUrl, join } from "@std/path";
import type { Browser } from "playwright-core";
import { bundleModule } from "../../scripts/stack/mini_app/page_bundle.ts";
import { runWatch, type WatchReport, type WatchTarget } from "./watch_run.ts";

/** Runs it in one runtime. @throws {Error} With the runtime's words, when the watch fails there. */
export type Runner = (target: WatchTarget) => Promise<WatchReport>;

const ENTRY = fromFileUrl(new URL("./watch_run_bundle.ts", import.meta.url));

/** Bundles what runs in Node.js and Chromium. */
export function bundleWatchRun(): Promise<string> {
  return bundleModule(ENTRY);
}

/** Here. */
export const runInDeno: Runner = (target) => runWatch(target);

/** The major version of the `node` on PATH; undefined where there is none. */
export async function findNode(): Promise<number | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    return success ? Number(/\d+/.exec(new TextDecoder().decode(stdout))?.[0]) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** In a process of `node`. */
export function createNodeRunner(bundle: string, majorVersion: number): Runner {
  return async (target) => {
    const folder = await Deno.makeTempDir({ prefix: "pixelpop-node-" });
    try {
      await Deno.writeTextFile(join(folder, "watch_run.mjs"), bundle);
      await Deno.writeTextFile(join(folder, "start.mjs"), START);
      const { success, stdout, stderr } = await new Deno.Command("node", {
        // supabase-js takes the runtime's own WebSocket, which Node.js has by itself from 22 on.
        args: [...majorVersion < 22 ? ["--experimental-websocket"] : [], join(folder, "start.mjs")],
        env: { WATCH_TARGET: JSON.stringify(target) },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      if (!success) throw new Error(`Node.js failed: ${decoder.decode(stderr)}`);
      return JSON.parse(decoder.decode(stdout));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

// realtime-js 2.119.1 leaves a timer of 10 s when it disconnects, for which Node.js would wait.
const START = `import "./watch_run.mjs";
const report = await globalThis.runWatch(JSON.parse(process.env.WATCH_TARGET));
process.stdout.write(JSON.stringify(report), () => process.exit(0));
`;

/** In a document of the stack's own: one made up here would not be let near this machine's ports. */
export function createChromiumRunner(bundle: string, browser: Browser): Runner {
  return async (target) => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(`${target.supabaseUrl}/auth/v1/health`);
      await page.addScriptTag({ type: "module", content: bundle });
      return await page.evaluate((given) => {
        const { runWatch } = globalThis as unknown as { runWatch: Runner };
        return runWatch(given);
      }, target);
    } finally {
      await context.close();
    }
  };
}
