/// <reference lib="dom" />
/** Telegram's side of a Mini App: the part of `Telegram.WebApp` this page uses, and how it is found. */

/** A button of Telegram's own, below or above the page. */
export interface TelegramButton {
  show(): void;
  hide(): void;
  onClick(run: () => void): void;
}

/** `WebApp.MainButton`. */
export interface TelegramMainButton extends TelegramButton {
  setParams(params: { text?: string; is_active?: boolean; is_visible?: boolean }): void;
  showProgress(leaveActive?: boolean): void;
  hideProgress(): void;
}

/** What this page uses of `Telegram.WebApp` (core.telegram.org/bots/webapps). */
export interface TelegramWebApp {
  readonly initData: string;
  readonly initDataUnsafe: { user?: { language_code?: string } };
  readonly MainButton: TelegramMainButton;
  readonly BackButton: TelegramButton;
  readonly HapticFeedback: {
    notificationOccurred(kind: "error" | "success" | "warning"): void;
    selectionChanged(): void;
  };
  ready(): void;
  expand(): void;
  isVersionAtLeast(version: string): boolean;
  onEvent(event: string, run: () => void): void;
  openLink(url: string): void;
  showConfirm(message: string, then: (isConfirmed: boolean) => void): void;
  downloadFile?(file: { url: string; file_name: string }): void;
}

const SCRIPT = "https://telegram.org/js/telegram-web-app.js";
/** Where Telegram's script keeps the launch over reloads. */
const KEPT_LAUNCH = "__telegram__initParams";

/** Whether Telegram has opened this page: it passes its launch in the address. */
export function isInsideTelegram(): boolean {
  if (/[#&]tgWebApp(Data|Version|Platform)=/.test(location.hash)) return true;
  try {
    return sessionStorage.getItem(KEPT_LAUNCH)?.includes("tgWebAppVersion") ?? false;
  } catch {
    return false;
  }
}

/**
 * Loads Telegram's script, which sets the theme's variables too.
 *
 * @throws {Error} When it does not load.
 */
export function loadTelegram(): Promise<TelegramWebApp> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.addEventListener("load", () => {
      const { Telegram } = globalThis as { Telegram?: { WebApp?: TelegramWebApp } };
      if (Telegram?.WebApp !== undefined) resolve(Telegram.WebApp);
      else reject(new Error("Telegram's script defines no WebApp"));
    });
    script.addEventListener("error", () => reject(new Error("Telegram's script does not load")));
    document.head.append(script);
  });
}
