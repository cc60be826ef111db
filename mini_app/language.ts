/** Chooses the language: Telegram's, else the browser's, else English. */
import { en, type Words } from "./words_en.ts";
import { ru } from "./words_ru.ts";

const LANGUAGES: Readonly<Record<string, Words>> = { en, ru };

/** A language and what the page says in it. */
export interface Language {
  /** For `lang` and for dates. */
  code: string;
  words: Words;
}

/** Gives the first language that is there; tags as of RFC 5646, such as "ru-RU". */
export function chooseLanguage(wanted: readonly (string | null | undefined)[]): Language {
  for (const tag of wanted) {
    const code = tag?.toLowerCase().split("-")[0] ?? "";
    const words = Object.hasOwn(LANGUAGES, code) ? LANGUAGES[code] : undefined;
    if (words !== undefined) return { code, words };
  }
  return { code: "en", words: en };
}

/** Time in words, rounded as one does: 5 seconds, 40 seconds, 3 minutes. */
export function describeTime(seconds: number, words: Words): string {
  if (seconds < 1) return words.aMoment;
  if (seconds < 10) return words.about(Math.ceil(seconds), "seconds");
  if (seconds < 90) return words.about(Math.ceil(seconds / 5) * 5, "seconds");
  return words.about(Math.ceil(seconds / 60), "minutes");
}
