/**
 * PixelPop for a Mini App: log in with Telegram's `initData`, submit prompts, watch the pictures come.
 * Needs supabase-js and nothing else; runs in browsers, Deno and Node.js.
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createApi } from "./api.ts";
import { type Broadcasts, createBroadcasts } from "./broadcasts.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type MiniAppError, toMiniAppError } from "./errors.ts";
import { createConfirmer } from "./confirm.ts";
import type { Database } from "./database.ts";
import type { Accepted, Generation, GenerationPage } from "./generation.ts";
import { createGenerations, type ListOptions, type SubmitOptions } from "./generations.ts";
import { createLiveChannel } from "./live_channel.ts";
import { withLock } from "./lock.ts";
import { newsOfAccepted, newsOfRow, type Progress } from "./progress.ts";
import { createRefundReader } from "./refunds.ts";
import { createSession, type SessionListener } from "./session.ts";
import type { TokenStorage } from "./session_storage.ts";
import type { User } from "./user.ts";
import { type WakeTargets, watchWaking } from "./wake.ts";
import { createWatcher, type Watcher } from "./watch.ts";

export { API_ERROR_CODES, type ErrorCode, MiniAppError, toMiniAppError } from "./errors.ts";
export * from "./generation.ts";
export type { ListOptions, SubmitOptions } from "./generations.ts";
export type { Progress } from "./progress.ts";
export type { SessionListener } from "./session.ts";
export type { User } from "./user.ts";
export type { TokenStorage } from "./session_storage.ts";

/** How news come: by Realtime, by polling alone, or not at all as the backend is not reached. */
export type Connection = "live" | "polling" | "offline";

/** What a Mini App says of itself. Only the first two are needed. */
export interface MiniAppOptions {
  /** Base URL of the project, without a slash at its end. */
  supabaseUrl: string;
  publishableKey: string;
  /** Keeps the session over reloads, such as `localStorage`. @default only memory */
  storage?: TokenStorage;
  /** @default the global one */
  fetch?: typeof fetch;
  /** Milliseconds since the epoch. @default Date.now */
  now?: () => number;
  /** @default those of the machine */
  timers?: Pick<Clock, "setTimeout" | "clearTimeout">;
  /** From 0 to 1, for the spread of retries and polls. @default Math.random */
  random?: () => number;
  /** What tells of sleep and network. @default the page's document and window, if there are any */
  wakeTargets?: WakeTargets;
  /** @default by supabase-js */
  broadcasts?: Broadcasts;
}

/** A Mini App's side of PixelPop. What fails throws {@link MiniAppError}. */
export interface MiniApp {
  /** Who is logged in, as far as is known here. */
  readonly user: User | null;
  /** What is left to spend, as far as is known here; null before a login. */
  readonly credits: number | null;
  readonly connection: Connection;
  /** supabase-js acting for the person: own rows of `generations`, `users`, `credit_ledger`, read only. */
  readonly supabase: SupabaseClient<Database>;
  /**
   * Logs in with the raw `Telegram.WebApp.initData`. A reload of the same launch goes on with the
   * session in the storage. From then on the session is renewed by itself.
   *
   * @throws {MiniAppError} `expired_init_data` when the launch is too old and no session is kept.
   */
  login(initData: string): Promise<User>;
  /** Ends the session, here and in the backend as far as it is reached. */
  logout(): Promise<void>;
  /**
   * Asks for a picture; charged once, however often it has to be sent until an answer comes.
   *
   * @throws {MiniAppError} A refusal of the contract, none of which charges; `network` when no answer
   * came: then the same `idempotencyKey` makes another attempt safe.
   */
  submit(prompt: string, options?: SubmitOptions): Promise<Accepted>;
  /**
   * Tells how a generation gets on until it is final, in order, each state once.
   *
   * @returns What stops it. Again is no error.
   */
  watch(
    id: string,
    onChange: (progress: Progress) => void,
    onError?: (error: MiniAppError) => void,
  ): () => void;
  get(id: string): Promise<Generation>;
  /** A page of the person's generations, newest first. */
  list(options?: ListOptions): Promise<GenerationPage>;
  /**
   * Cancels what still waits; its credits come back. What is finished already stays, and is given.
   *
   * @throws {MiniAppError} `already_started` while it is PROCESSING.
   */
  cancel(id: string): Promise<Generation>;
  /** Removes a finished generation and its picture; one that is gone already is no error. */
  remove(id: string): Promise<void>;
  /** Asks the backend for the credits; notifies the listeners of `onSession`. */
  refreshCredits(): Promise<number | null>;
  /** Calls `listener` at logins and changed credits, with null when the session is over. Returns what stops it. */
  onSession(listener: SessionListener): () => void;
  /** Calls `listener` when `connection` changes while something is watched. Returns what stops it. */
  onConnection(listener: (connection: Connection) => void): () => void;
  /** Catches up at once, as after Telegram's `activated`; a page's own sleep is noticed without it. */
  wake(): void;
  /** Stops all timers and sockets. */
  close(): Promise<void>;
}

/** Makes the client. Nothing is sent before `login`. */
export function createMiniApp(options: MiniAppOptions): MiniApp {
  const { supabaseUrl, publishableKey, random = Math.random } = options;
  const clock = { ...systemClock, ...options.timers, ...(options.now && { now: options.now }) };
  const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));
  const api = createApi({ supabaseUrl, publishableKey, fetch: send, clock, random });
  const { storage } = options;
  const session = createSession({ api, clock, random, supabaseUrl, storage, lock: withLock });
  const generations = createGenerations(api, session);
  const connectionListeners = new Set<(connection: Connection) => void>();
  let client: SupabaseClient<Database> | undefined;
  let isReached = true;
  let connection: Connection = "polling";
  let lastCreditsRead = 0;

  // Not before a login: the constructor asks for the token.
  const supabase = () =>
    client ??= createClient<Database>(supabaseUrl, publishableKey, {
      accessToken: () => session.token(),
      global: { fetch: send },
    });
  const channel = createLiveChannel({
    broadcasts: options.broadcasts ?? createBroadcasts(supabase),
    session,
    clock,
    random,
    listeners: {
      onEvent: (event) => watcher.onEvent(event),
      onJoin() {
        watcher.onJoin();
        tellConnection();
      },
      onDown() {
        watcher.onDown();
        tellConnection();
      },
    },
  });
  const watcher: Watcher = createWatcher({
    read: (id, { isLive }) => generations.get(id, { isLive }),
    channel,
    clock,
    random,
    onFinal({ id, status }, { isRead }) {
      if (status !== "COMPLETED") refunds.expect();
      else if (!isRead) confirmer.confirm(id);
    },
    onReach: reach,
  });
  const targets = options.wakeTargets ?? findWakeTargets();
  const confirmer = createConfirmer({
    read: (id) => generations.get(id),
    isSeen: () => targets.document?.visibilityState !== "hidden",
    clock,
  });
  const refunds = createRefundReader({
    read: refreshCredits,
    current: () => session.user?.credits ?? null,
    clock,
  });
  const waking = watchWaking({
    clock,
    targets,
    onWake: ({ isLong }) => wake(isLong),
    onOffline: () => reach(false),
  });

  function wake(isLong: boolean): void {
    session.wake();
    if (isLong) channel.renew();
    watcher.wake();
    confirmer.wake();
  }

  function reach(reached: boolean): void {
    isReached = reached;
    tellConnection();
  }

  function tellConnection(): void {
    const next = !isReached ? "offline" : channel.trust === "down" ? "polling" : "live";
    if (next === connection) return;
    connection = next;
    for (const listener of [...connectionListeners]) listener(next);
  }

  async function refreshCredits(): Promise<number | null> {
    const read = ++lastCreditsRead;
    await session.token();
    const { data, error } = await supabase().from("users").select("credits").maybeSingle();
    if (error !== null) throw toMiniAppError(error);
    // Of reads that overlap the one that began last is believed.
    if (typeof data?.credits === "number" && read === lastCreditsRead) {
      session.setCredits(data.credits);
    }
    return session.user?.credits ?? null;
  }

  return {
    get user() {
      return session.user;
    },
    get credits() {
      return session.user?.credits ?? null;
    },
    get connection() {
      return connection;
    },
    get supabase() {
      return supabase();
    },
    async login(initData) {
      const { user, isResumed } = await session.login(initData);
      if (isResumed) void refreshCredits().catch(() => {});
      return user;
    },
    async logout() {
      const token = await session.end();
      if (token !== undefined) {
        await api.call("auth/logout", { method: "POST", token }).catch(() => {});
      }
    },
    async submit(prompt, submitOptions) {
      const accepted = await generations.submit(prompt, submitOptions);
      // An event may have come before the answer: then the balance in the answer is out of date, too.
      if (watcher.learn(newsOfAccepted(accepted))) session.setCredits(accepted.credits);
      else refunds.expect();
      return accepted;
    },
    watch: (id, onChange, onError) => watcher.watch(id, { onChange, onError }),
    async get(id) {
      const row = await generations.get(id);
      watcher.learn(newsOfRow(row));
      return row;
    },
    async list(listOptions) {
      const page = await generations.list(listOptions);
      for (const row of page.items) watcher.learn(newsOfRow(row));
      return page;
    },
    async cancel(id) {
      const row = await generations.cancel(id);
      watcher.learn(newsOfRow(row));
      void refreshCredits().catch(() => {});
      return row;
    },
    remove: (id) => generations.remove(id),
    refreshCredits,
    onSession: (listener) => session.onChange(listener),
    onConnection(listener) {
      connectionListeners.add(listener);
      return () => connectionListeners.delete(listener);
    },
    wake: () => wake(true),
    async close() {
      waking.stop();
      confirmer.close();
      refunds.close();
      watcher.close();
      session.close();
      await channel.close();
    },
  };
}

function findWakeTargets(): WakeTargets {
  const { document, window } = globalThis as {
    document?: NonNullable<WakeTargets["document"]>;
    window?: EventTarget;
  };
  return { document, window };
}
