/** The main job, as a Mini App does it: log in, submit, watch, fetch the picture. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type Accepted, callFunction, type GenerationState, type Login } from "./api.ts";
import { savePicture } from "./save_picture.ts";
import { signInitData } from "./sign_init_data.ts";
import { print, startStatusLine, type StatusLine } from "./status_line.ts";
import type { Target } from "./target.ts";
import { startWatch, type Way } from "./watch.ts";

/** What is asked for, and how it is watched. */
export interface DemoOptions {
  prompt: string;
  size: string;
  quality: string;
  outputFormat: string;
  telegramId: number;
  ways: ReadonlySet<Way>;
  timeoutSeconds: number;
}

/** How long the other ways may take once one has brought COMPLETED, in milliseconds. */
const OTHER_WAYS_MS = 10_000;
/** How long the last look at the row may take, in milliseconds. */
const LAST_LOOK_MS = 5_000;

/**
 * Runs the job.
 *
 * @returns Whether COMPLETED was seen by every way that was asked for, and by GET, and the saved file
 * is the stored picture.
 * @throws {ApiError} When a request is refused.
 */
export async function runDemo(target: Target, options: DemoOptions): Promise<boolean> {
  const { supabaseUrl, botToken, publishableKey } = target;
  const user = { id: options.telegramId, first_name: "Demo", username: "demo" };
  const initData = await signInitData({ botToken, user });
  const login = await callFunction<Login>(supabaseUrl, "auth/login", {
    method: "POST",
    body: { initData },
  });
  print(`Logged in as ${login.user.first_name}, ${login.user.credits} credits\n`);
  const client = createClient(supabaseUrl, publishableKey, {
    accessToken: () => Promise.resolve(login.access_token),
  });
  try {
    // Without it the first join could go out before the token is known, as anon.
    await client.realtime.setAuth();
    return await generate({ target, options, login, client });
  } finally {
    await client.realtime.disconnect();
  }
}

interface Session {
  target: Target;
  options: DemoOptions;
  login: Login;
  client: SupabaseClient;
}

async function generate({ target, options, login, client }: Session): Promise<boolean> {
  const completed = new Set<Way>();
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  let place = { position: 0, eta_seconds: 0 };
  let newest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let line: StatusLine | undefined;
  const watch = startWatch({
    client,
    supabaseUrl: target.supabaseUrl,
    token: login.access_token,
    userId: login.user.id,
    ways: options.ways,
    onQueue: (queue) => place = queue,
    onSighting({ way, status, version }) {
      if (status === "COMPLETED" && completed.size === 0) {
        clearTimeout(timer);
        timer = setTimeout(() => end(status), OTHER_WAYS_MS);
      }
      if (status === "COMPLETED") completed.add(way);
      if (status === "COMPLETED" && way !== "get") watch.pollNow();
      // News may come out of order, by several ways: only what is newer is shown.
      if (version >= newest) {
        newest = version;
        const queue = status === "PENDING" ? `  position ${place.position}` : "";
        const seen = completed.size > 0 ? `  seen by ${[...completed].join(", ")}` : "";
        line?.show(`${status}${queue}${seen}`);
      }
      const isFinal = ["COMPLETED", "FAILED", "CANCELLED"].includes(status);
      if (isFinal && (status !== "COMPLETED" || completed.size === options.ways.size)) end(status);
    },
  });
  try {
    await watch.joined();
    const accepted = await submit({ target, options, login });
    print(`Accepted as ${accepted.id}, ${accepted.credits} credits left\n`);
    place = accepted.queue;
    line = startStatusLine();
    line.show(`PENDING  position ${place.position}, about ${place.eta_seconds} s`);
    timer = setTimeout(() => end("TIMEOUT"), options.timeoutSeconds * 1000);
    watch.follow(accepted.id);
    const status = await ended;
    line.end();
    return await conclude({ status, completed, id: accepted.id }, { target, options, login });
  } finally {
    clearTimeout(timer);
    await watch.stop();
  }
}

function submit({ target, options, login }: Omit<Session, "client">): Promise<Accepted> {
  return callFunction<Accepted>(target.supabaseUrl, "generation", {
    method: "POST",
    token: login.access_token,
    headers: { "idempotency-key": crypto.randomUUID() },
    body: {
      prompt: options.prompt,
      size: options.size,
      quality: options.quality,
      output_format: options.outputFormat,
    },
  });
}

async function conclude(
  { status, completed, id }: { status: string; completed: Set<Way>; id: string },
  { target, options, login }: Omit<Session, "client">,
): Promise<boolean> {
  const state = await lastLook(`generation/${id}`, { target, login, ended: status !== "TIMEOUT" });
  if (state.error !== null) print(`FAILED: ${state.error.message} (${state.error.code})\n`);
  if (state.status !== "COMPLETED" || state.public_url === null) {
    print(`Not completed: the last status is ${state.status}${timeoutNote(status, options)}\n`);
    return false;
  }
  const picture = await savePicture(state.public_url, { target, id });
  const missed = [...options.ways].filter((way) => !completed.has(way));
  if (missed.length > 0) print(`COMPLETED was not seen by ${missed.join(", ")}\n`);
  print(
    `COMPLETED, seen by ${[...completed, ...(completed.has("get") ? [] : ["get"])].join(", ")}\n`,
  );
  print(`Stored at ${state.public_url} (${picture.contentType})\n`);
  print(`Saved ${picture.width}x${picture.height}, ${picture.bytes} bytes: ${picture.path}\n`);
  return missed.length === 0;
}

// News may arrive a moment before the commit it tells of can be read.
async function lastLook(
  path: string,
  { target, login, ended }: Pick<Session, "target" | "login"> & { ended: boolean },
): Promise<GenerationState> {
  const signal = AbortSignal.timeout(LAST_LOOK_MS);
  while (true) {
    const options = { token: login.access_token, signal };
    const state = await callFunction<GenerationState>(target.supabaseUrl, path, options);
    if (!ended || state.poll_after_ms === 0) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function timeoutNote(status: string, { timeoutSeconds }: DemoOptions): string {
  return status === "TIMEOUT" ? ` after ${timeoutSeconds} s (see --timeout)` : "";
}
