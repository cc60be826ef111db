/** Keeps a session where the Mini App asks for it: one entry a Telegram user. */
import type { User } from "./user.ts";

/** Where tokens are kept: `localStorage`, or anything like it. */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
  removeItem(key: string): void | Promise<void>;
}

/** A session as it is kept. Times are milliseconds since the epoch, by this device's clock. */
export interface StoredSession {
  accessToken: string;
  refreshToken: string;
  /** When the access token is to be renewed, and when it is over. */
  refreshAt: number;
  expiresAt: number;
  user: User;
  /** Names the launch of the Mini App it began with. */
  launch: string;
}

/** What is known of a launch without the backend's word on it. */
export interface Launch {
  /** Telegram's id, as text; names the entry. */
  telegramId: string;
  /** The signature of this launch's data: two launches differ. */
  name: string;
}

/** Reads a launch from raw `initData`; nothing is verified, and what cannot be read is empty. */
export function readLaunch(initData: string): Launch {
  const fields = new URLSearchParams(initData);
  return { telegramId: readId(fields.get("user")), name: fields.get("hash") ?? "" };
}

/** An entry of a storage. A storage that fails, as in a private window, is one that forgets. */
export interface SessionEntry {
  load(): Promise<StoredSession | undefined>;
  save(session: StoredSession): Promise<void>;
  clear(): Promise<void>;
}

/** Opens the entry of a Telegram user in a project. */
export function openEntry(
  storage: TokenStorage | undefined,
  { supabaseUrl, telegramId }: { supabaseUrl: string; telegramId: string },
): SessionEntry {
  const key = `pixelpop.session ${supabaseUrl} ${telegramId}`;
  return {
    async load() {
      try {
        return readStored(await storage?.getItem(key) ?? "null");
      } catch {
        return undefined;
      }
    },
    async save(session) {
      try {
        await storage?.setItem(key, JSON.stringify(session));
      } catch {
        // The session lives on in memory.
      }
    },
    async clear() {
      try {
        await storage?.removeItem(key);
      } catch {
        // Nothing was kept then.
      }
    },
  };
}

function readStored(text: string): StoredSession | undefined {
  const stored: Partial<StoredSession> | null = JSON.parse(text);
  const isWhole = typeof stored?.accessToken === "string" &&
    typeof stored.refreshToken === "string" && typeof stored.refreshAt === "number" &&
    typeof stored.expiresAt === "number" && typeof stored.launch === "string" &&
    typeof stored.user?.id === "string";
  return isWhole ? stored as StoredSession : undefined;
}

function readId(user: string | null): string {
  try {
    return String(JSON.parse(user ?? "null")?.id ?? "");
  } catch {
    return "";
  }
}
