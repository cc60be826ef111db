/** The session of one person: logs in, keeps the tokens fresh without a word, and says when it is over. */
import type { Api } from "./api.ts";
import { backoff, type Clock, type Timer } from "./clock.ts";
import { MiniAppError, toMiniAppError } from "./errors.ts";
import {
  type Launch,
  openEntry,
  readLaunch,
  type SessionEntry,
  type StoredSession,
  type TokenStorage,
} from "./session_storage.ts";
import type { User } from "./user.ts";

/** Called with the user at every change; null: nobody is logged in. */
export type SessionListener = (user: User | null) => void;

/** What a session works with. */
export interface SessionDeps {
  api: Api;
  clock: Clock;
  random: () => number;
  supabaseUrl: string;
  storage?: TokenStorage | undefined;
  /** Runs one at a time among all pages that share the storage. */
  lock: <Result>(name: string, run: () => Promise<Result>) => Promise<Result>;
}

/** Keeps a session. */
export interface SessionKeeper {
  readonly user: User | null;
  /** See `MiniApp.login`; `isResumed`: nothing was asked of the backend, `user` may be old. */
  login(initData: string): Promise<{ user: User; isResumed: boolean }>;
  /** Forgets the session; gives its last access token. */
  end(): Promise<string | undefined>;
  /** An access token with some life left. @throws {MiniAppError} */
  token(): Promise<string>;
  /** A token in place of one the backend refused, by refresh. @throws {MiniAppError} */
  replace(refused: string): Promise<string>;
  /** The same by a new login. @throws {MiniAppError} `signed_out` when that is refused too. */
  enterAgain(refused: string): Promise<string>;
  setCredits(credits: number): void;
  onChange(listener: SessionListener): () => void;
  /** Renews now what ran out while timers stood still. */
  wake(): void;
  close(): void;
}

interface TokenAnswer {
  access_token: string;
  expires_in: number;
  refresh_token: string;
  user: User;
}

/** The part of a token's life after which it is renewed, and the most that is left of it then. */
const LIFE_BEFORE_REFRESH = 2 / 3;
const LONGEST_REST_MS = 120_000;
const RETRY = { first: 2_000, longest: 60_000 };
const LOGIN_TRIES = 4;

/** Makes the keeper; nobody is logged in yet. */
export function createSession(deps: SessionDeps): SessionKeeper {
  const { api, clock, random, supabaseUrl } = deps;
  const listeners = new Set<SessionListener>();
  let stored: StoredSession | null = null;
  let entry: SessionEntry = openEntry(undefined, { supabaseUrl, telegramId: "" });
  let launch: Launch & { initData: string } = { telegramId: "", name: "", initData: "" };
  let renewal: Promise<void> | undefined;
  let entrance: Promise<void> | undefined;
  let timer: Timer | undefined;
  let failures = 0;
  let notBefore = 0;
  let isClosed = false;

  function set(next: StoredSession | null): void {
    failures = notBefore = 0;
    stored = next;
    arm();
    tell();
  }

  function tell(): void {
    for (const listener of [...listeners]) listener(stored?.user ?? null);
  }

  function arm(): void {
    clock.clearTimeout(timer);
    if (stored === null || isClosed) return;
    const wait = Math.max(stored.refreshAt, notBefore) - clock.now();
    timer = clock.setTimeout(() => void renew().catch(() => {}), Math.max(0, wait));
  }

  async function accept(answer: TokenAnswer): Promise<void> {
    const life = answer.expires_in * 1000;
    const next = {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      // By this device's clock from now on: it may be wrong, but it runs.
      refreshAt: clock.now() + Math.max(life * LIFE_BEFORE_REFRESH, life - LONGEST_REST_MS),
      expiresAt: clock.now() + life,
      user: answer.user,
      launch: launch.name,
    };
    set(next);
    await entry.save(next);
  }

  // One at a time, for all who wait: a refresh token that is sent twice ends the session.
  function renew(): Promise<void> {
    renewal ??= refresh().catch((error) => {
      postpone(toMiniAppError(error));
      throw error;
    }).finally(() => renewal = undefined);
    return renewal;
  }

  async function refresh(): Promise<void> {
    const name = `pixelpop.refresh ${supabaseUrl} ${launch.telegramId}`;
    await deps.lock(name, async () => {
      const own = present();
      const kept = await entry.load();
      if (kept !== undefined && kept.expiresAt > own.expiresAt && kept.user.id === own.user.id) {
        // Another page of the same person has done it.
        set(kept);
        if (clock.now() < kept.refreshAt) return;
      }
      const { refreshToken } = present();
      try {
        const body = { refresh_token: refreshToken };
        // Sent once: if only the answer was lost, the token is spent and a repetition means theft.
        const answer = await api.call<TokenAnswer>("auth/refresh", { method: "POST", body });
        if (stored?.refreshToken === refreshToken) await accept(answer);
      } catch (error) {
        if (toMiniAppError(error).code !== "invalid_refresh_token") throw error;
        await enter();
      }
    });
  }

  function enter(): Promise<void> {
    entrance ??= logInAgain().finally(() => entrance = undefined);
    return entrance;
  }

  async function logInAgain(): Promise<void> {
    try {
      await accept(await postLogin());
    } catch (error) {
      const { status } = toMiniAppError(error);
      if (status !== 400 && status !== 401) throw error;
      await end();
      throw new MiniAppError("signed_out", "The session is over: open the Mini App again", {
        status,
        cause: error,
      });
    }
  }

  function postLogin(): Promise<TokenAnswer> {
    const body = { initData: launch.initData };
    return api.call<TokenAnswer>("auth/login", { method: "POST", body, tries: LOGIN_TRIES });
  }

  function postpone({ retryAfterSeconds }: MiniAppError): void {
    const wait = backoff(++failures, { ...RETRY, random });
    notBefore = clock.now() + Math.max(wait, (retryAfterSeconds ?? 0) * 1000);
    arm();
  }

  async function end(): Promise<string | undefined> {
    const last = stored?.accessToken;
    if (stored !== null) set(null);
    await entry.clear();
    return last;
  }

  function present(): StoredSession {
    if (stored !== null) return stored;
    throw new MiniAppError("signed_out", "Nobody is logged in: call login first");
  }

  async function token(): Promise<string> {
    const { refreshAt, expiresAt, accessToken } = present();
    const now = clock.now();
    if (now < refreshAt || (now < notBefore && now < expiresAt)) return accessToken;
    await renew().catch((error) => {
      // What is left of the old one will do meanwhile.
      if (stored === null || clock.now() >= stored.expiresAt) throw error;
    });
    return present().accessToken;
  }

  return {
    get user() {
      return stored?.user ?? null;
    },
    async login(initData) {
      const next = { ...readLaunch(initData), initData };
      if (stored !== null && next.telegramId !== launch.telegramId) set(null);
      launch = next;
      entry = openEntry(deps.storage, { supabaseUrl, telegramId: launch.telegramId });
      const kept = await entry.load();
      const isReload = kept !== undefined && launch.name !== "" && kept.launch === launch.name;
      if (kept === undefined || !isReload) {
        try {
          await accept(await postLogin());
          return { user: present().user, isResumed: false };
        } catch (error) {
          // A page that was open for long: its launch is too old, its session need not be.
          if (kept === undefined || toMiniAppError(error).code !== "expired_init_data") throw error;
        }
      }
      set(kept);
      await token();
      return { user: present().user, isResumed: true };
    },
    end,
    token,
    async replace(refused) {
      if (present().accessToken === refused) await renew();
      return present().accessToken;
    },
    async enterAgain(refused) {
      if (present().accessToken === refused) await enter();
      return present().accessToken;
    },
    setCredits(credits) {
      if (stored === null || stored.user.credits === credits) return;
      stored = { ...stored, user: { ...stored.user, credits } };
      tell();
      void entry.save(stored);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wake() {
      if (stored === null) return;
      notBefore = 0;
      arm();
    },
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
      listeners.clear();
    },
  };
}
