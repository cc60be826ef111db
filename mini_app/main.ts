/// <reference lib="dom" />
/** Opens the page: finds Telegram or its mock, logs in, and says in words what stands in the way. */
import { createMiniApp, type MiniApp, toMiniAppError } from "@pixelpop/client";
import { element, fill } from "./element.ts";
import { chooseLanguage, type Language } from "./language.ts";
import { explain } from "./notice.ts";
import { createStudio } from "./studio.ts";
import { isInsideTelegram, loadTelegram, type TelegramWebApp } from "./telegram.ts";
import { createTelegramMock } from "./telegram_mock.ts";

const root = document.getElementById("app") ?? document.body;

function readSetting(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

function readTestLanguage(): string | null {
  const asked = new URLSearchParams(location.search).get("lang");
  return asked ?? localStorage.getItem("pixelpop.test.language");
}

/** Telegram, or its mock where the stack has a test door; undefined where there is neither. */
async function findTelegram(): Promise<
  | { telegram: TelegramWebApp; language: Language; bar?: HTMLElement; dock?: HTMLElement }
  | undefined
> {
  if (isInsideTelegram()) {
    const telegram = await loadTelegram();
    const tongue = telegram.initDataUnsafe.user?.language_code;
    return { telegram, language: chooseLanguage([tongue, ...navigator.languages]) };
  }
  const door = readSetting("test-door");
  if (door === "") return undefined;
  const language = chooseLanguage([readTestLanguage(), ...navigator.languages]);
  const reload = () => location.reload();
  const { webApp, bar, dock } = await createTelegramMock({ door, language, reload });
  return { telegram: webApp, language, bar, dock };
}

function showObstacle(text: string, { words }: Language, retry?: () => void): void {
  fill(
    root,
    element(
      "main",
      { class: "obstacle", role: "alert" },
      element("img", { src: "/icon.svg", alt: "", width: 56, height: 56 }),
      element("h1", {}, "PixelPop"),
      element("p", {}, text),
      retry !== undefined &&
        element("button", { type: "button", class: "quiet strong", onclick: retry }, words.again),
    ),
  );
}

async function start(): Promise<void> {
  const fallback = chooseLanguage([readTestLanguage(), ...navigator.languages]);
  fill(root, element("p", { class: "loading", role: "status" }, fallback.words.loading));
  let app: MiniApp | undefined;
  let language = fallback;
  try {
    const found = await findTelegram();
    if (found === undefined) return showObstacle(fallback.words.outsideTelegram, fallback);
    const { telegram, bar, dock } = found;
    language = found.language;
    document.documentElement.lang = language.code;
    telegram.ready();
    telegram.expand();
    app = createMiniApp({
      supabaseUrl: readSetting("supabase-url"),
      publishableKey: readSetting("publishable-key"),
      ...findStorage(),
    });
    const { id: userId } = await app.login(telegram.initData);
    const studio = createStudio({ app, telegram, language, userId });
    fill(root, bar, studio, dock);
    app.onSession((user) => {
      if (user !== null) return;
      telegram.MainButton.hide();
      void app?.close();
      showObstacle(language.words.errors.signed_out, language, startAgain);
    });
  } catch (error) {
    void app?.close();
    showObstacle(explain(toMiniAppError(error), language), language, startAgain);
  }
}

// A launch that is too old is of no use to another try; in Telegram only Telegram can give a new one.
function startAgain(): void {
  if (!isInsideTelegram()) sessionStorage.clear();
  location.reload();
}

// Some web views refuse it: the session lasts as long as the page then.
function findStorage(): { storage?: Storage } {
  try {
    return { storage: localStorage };
  } catch {
    return {};
  }
}

void start();
