/** The user inside verified `initData` (https://core.telegram.org/bots/webapps#webappuser). */

import { isVisible } from "../generations/visible_text.ts";

/** Shown for a user whose first name shows nothing and who has no username. */
const NAMELESS = "Telegram user";

/** A Telegram user; a text Telegram did not send is `null`. */
export interface TelegramUser {
  /** A positive integer of at most 52 significant bits. */
  id: number;
  firstName: string;
  lastName: string | null;
  username: string | null;
  languageCode: string | null;
  photoUrl: string | null;
  /** Whether the bot may message the user; Telegram sends it only when it may. */
  allowsWriteToPm: boolean;
}

/** Reads the JSON of the `user` field; `undefined` when it is missing or a member is of a wrong type. */
export function parseTelegramUser(json: string | undefined): TelegramUser | undefined {
  let user: Partial<Record<string, unknown>> | null;
  try {
    user = JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
  if (typeof user !== "object" || user === null || Array.isArray(user)) return undefined;
  const { id, first_name: firstName, allows_write_to_pm: allowsWriteToPm = false } = user;
  const [lastName, username, languageCode, photoUrl] = [
    user.last_name ?? null,
    user.username ?? null,
    user.language_code ?? null,
    user.photo_url ?? null,
  ];
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0) return undefined;
  if (!isText(firstName) || !isOptionalText(lastName) || !isOptionalText(username)) {
    return undefined;
  }
  if (!isOptionalText(languageCode) || !isOptionalText(photoUrl)) return undefined;
  if (typeof allowsWriteToPm !== "boolean") return undefined;
  return {
    id,
    firstName: isVisible(firstName) ? firstName : username ?? NAMELESS,
    lastName,
    username,
    languageCode,
    photoUrl,
    allowsWriteToPm,
  };
}

function isOptionalText(value: unknown): value is string | null {
  return value === null || isText(value);
}

// Postgres stores no NUL and no half of a surrogate pair.
function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0") && value.isWellFormed();
}
