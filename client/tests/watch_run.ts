/**
 * One watch, the same in every runtime: logs in, submits, and watches to COMPLETED by the client module on
 * supabase-js. Imports nothing of any runtime; what it finds wrong it throws.
 */
import { createMiniApp, type MiniApp, type Progress } from "../src/client.ts";
import { RANK } from "../src/generation.ts";

/** Where to, and as whom. */
export interface WatchTarget {
  supabaseUrl: string;
  publishableKey: string;
  initData: string;
}

/** What was seen, as JSON can carry it. */
export interface WatchReport {
  /** Names the runtime, where it has a name; Node.js has one from 21 on. */
  userAgent: string | undefined;
  id: string;
  /** What was shown, in order. */
  shown: Progress[];
}

const PATIENCE_MS = 30_000;

/** Runs it. @throws {Error} For whatever a person should not have seen. */
export async function runWatch(target: WatchTarget): Promise<WatchReport> {
  const { supabaseUrl, publishableKey, initData } = target;
  const app = createMiniApp({ supabaseUrl, publishableKey });
  try {
    const live = untilLive(app);
    const user = await app.login(initData);
    const accepted = await app.submit(`A fox for ${user.first_name}`, { quality: "low" });
    const shown = await untilFinal(app, accepted.id);
    shown.slice(1).forEach((next, index) => requireProgress(shown[index] as Progress, next));
    const last = shown.at(-1);
    if (last?.status !== "COMPLETED") throw new Error(`It ended ${last?.status}`);
    await requirePicture(last.public_url);
    await within("Realtime is live", live);
    return { userAgent: globalThis.navigator?.userAgent, id: accepted.id, shown };
  } finally {
    await app.close();
  }
}

function untilLive(app: MiniApp): Promise<void> {
  return new Promise((resolve) => {
    app.onConnection((connection) => connection === "live" && resolve());
  });
}

async function untilFinal(app: MiniApp, id: string): Promise<Progress[]> {
  const shown: Progress[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    app.watch(id, (progress) => {
      shown.push(progress);
      if (RANK[progress.status] === RANK.COMPLETED) resolve();
    }, reject);
  });
  await within("the end of the watch", ended);
  return shown;
}

function requireProgress(before: Progress, next: Progress): void {
  const isBack = next.version < before.version || RANK[next.status] < RANK[before.status] ||
    RANK[before.status] === RANK.COMPLETED;
  if (isBack) throw new Error(`${JSON.stringify(next)} came after ${JSON.stringify(before)}`);
}

async function requirePicture(url: string | null): Promise<void> {
  const response = await fetch(url ?? "");
  const type = response.headers.get("content-type");
  const { byteLength } = await response.arrayBuffer();
  if (response.ok && type === "image/png" && byteLength > 0) return;
  throw new Error(`The picture answered ${response.status}, ${type}, ${byteLength} bytes`);
}

async function within<Result>(what: string, wanted: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Not within ${PATIENCE_MS / 1000} s: ${what}`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([wanted, late]);
  } finally {
    clearTimeout(timer);
  }
}
