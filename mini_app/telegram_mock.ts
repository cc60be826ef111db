/// <reference lib="dom" />
/**
 * Stands in for `Telegram.WebApp` when the page is opened outside Telegram: signs in as a test user by
 * the stack's test door, draws the buttons Telegram would, and switches between two themes.
 *
 * Left out: haptics, sharing, payments, viewport and fullscreen events.
 */
import { element, fill, setProperties } from "./element.ts";
import { icon } from "./icons.ts";
import type { Language } from "./language.ts";
import type { TelegramWebApp } from "./telegram.ts";
import { applyTheme, chosenTheme } from "./telegram_mock_theme.ts";

const USERS: readonly (readonly [id: number, name: string])[] = [
  [1001, "Ada"],
  [1002, "Boris"],
  [1003, "Chidi"],
];

/** What the mock needs to know. */
export interface MockOptions {
  /** Path of the test door. */
  door: string;
  language: Language;
  /** Told when another user, theme or language is chosen; a reload is what follows. */
  reload: () => void;
}

/** Makes the mock; `bar` is its own little toolbar, `dock` holds its main button. */
export async function createTelegramMock(
  { door, language, reload }: MockOptions,
): Promise<{ webApp: TelegramWebApp; bar: HTMLElement; dock: HTMLElement }> {
  const user = chosenUser();
  applyTheme(chosenTheme());
  const main = createMainButton();
  const back = createBackButton(language);
  const webApp: TelegramWebApp = {
    initData: await signIn(door, user, language),
    initDataUnsafe: { user: { language_code: language.code } },
    MainButton: main.button,
    BackButton: back.button,
    HapticFeedback: { notificationOccurred() {}, selectionChanged() {} },
    ready() {},
    expand() {},
    isVersionAtLeast: () => false,
    onEvent() {},
    openLink: (url) => void open(url, "_blank", "noopener"),
    showConfirm: (message, then) => confirmByDialog(message, then, language),
  };
  const bar = createBar({ user, language, reload, back: back.node });
  return { webApp, bar, dock: main.node };
}

// The same launch over reloads, as in Telegram; another user is another launch.
async function signIn(
  door: string,
  user: { id: number; name: string },
  language: Language,
): Promise<string> {
  const key = `pixelpop.test.launch ${user.id}`;
  const kept = sessionStorage.getItem(key);
  if (kept !== null) return kept;
  const response = await fetch(door, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      telegram_id: user.id,
      first_name: user.name,
      language_code: language.code,
    }),
  });
  if (!response.ok) throw new Error(`The test door answered ${response.status}`);
  const { initData } = await response.json();
  sessionStorage.setItem(key, initData);
  return initData;
}

function chosenUser(): { id: number; name: string } {
  const asked = new URLSearchParams(location.search).get("test_user") ??
    localStorage.getItem("pixelpop.test.user");
  const id = Number(asked);
  if (!Number.isSafeInteger(id) || id <= 0) return { id: 1001, name: "Ada" };
  return { id, name: USERS.find(([known]) => known === id)?.[1] ?? `User ${id}` };
}

function createMainButton() {
  const label = element("span");
  const node = element("button", { type: "button", class: "main-button", hidden: true }, label);
  const button: TelegramWebApp["MainButton"] = {
    show: () => setProperties(node, { hidden: false }),
    hide: () => setProperties(node, { hidden: true }),
    onClick: (run) =>
      node.addEventListener("click", () => {
        if (node.ariaDisabled !== "true") run();
      }),
    setParams({ text, is_active: isActive, is_visible: isVisible }) {
      if (text !== undefined) label.textContent = text;
      // Not `disabled`: the button would lose the focus.
      if (isActive !== undefined) node.ariaDisabled = String(!isActive);
      if (isVisible !== undefined) setProperties(node, { hidden: !isVisible });
    },
    showProgress: () => setProperties(node, { "aria-busy": "true" }),
    hideProgress: () => setProperties(node, { "aria-busy": null }),
  };
  return { node: element("div", { class: "dock" }, node), button };
}

function createBackButton({ words }: Language) {
  const properties = { type: "button", class: "icon-button", "aria-label": words.back };
  const node = element("button", { ...properties, hidden: true }, icon("back"));
  const button: TelegramWebApp["BackButton"] = {
    show: () => setProperties(node, { hidden: false }),
    hide: () => setProperties(node, { hidden: true }),
    onClick: (run) => node.addEventListener("click", run),
  };
  return { node, button };
}

function createBar(
  { user, language, reload, back }: {
    user: { id: number; name: string };
    language: Language;
    reload: () => void;
    back: HTMLElement;
  },
): HTMLElement {
  const { words } = language;
  const keep = (key: string, value: string) => localStorage.setItem(`pixelpop.test.${key}`, value);
  const known = USERS.some(([id]) => id === user.id);
  const choices = [...USERS, ...(known ? [] : [[user.id, user.name] as const])];
  const users = element(
    "select",
    { "aria-label": words.testUser, onchange: chooseUser },
    ...choices.map(([id, name]) =>
      element("option", { value: id, selected: id === user.id }, `${name}`)
    ),
    element("option", { value: "new" }, words.newUser),
  );
  function chooseUser(): void {
    const random = 100_000 + Math.floor(Math.random() * 900_000);
    keep("user", users.value === "new" ? String(random) : users.value);
    history.replaceState(null, "", location.pathname);
    reload();
  }
  const other = language.code === "ru" ? "en" : "ru";
  const tongue = element("button", {
    type: "button",
    class: "chip-button",
    "aria-label": `${words.testLanguage}: ${other.toUpperCase()}`,
    onclick() {
      keep("language", other);
      reload();
    },
  }, other.toUpperCase());
  const theme = element("button", {
    type: "button",
    class: "icon-button",
    "aria-label": words.testTheme,
    "data-theme": true,
    onclick() {
      const next = chosenTheme() === "dark" ? "light" : "dark";
      keep("theme", next);
      applyTheme(next);
      fill(theme, icon(next === "dark" ? "sun" : "moon"));
    },
  }, icon(chosenTheme() === "dark" ? "sun" : "moon"));
  return element(
    "aside",
    { class: "test-bar", "aria-label": words.testBar },
    back,
    element("span", { class: "test-name" }, words.testBar),
    users,
    tongue,
    theme,
  );
}

function confirmByDialog(
  message: string,
  then: (isConfirmed: boolean) => void,
  { words }: Language,
): void {
  const answer = (value: string) => () => dialog.close(value);
  const dialog = element(
    "dialog",
    { class: "confirm", "aria-label": message },
    element("p", {}, message),
    element(
      "div",
      { class: "actions" },
      element("button", { type: "button", class: "quiet", onclick: answer("no") }, words.keep),
      element("button", { type: "button", class: "danger", onclick: answer("yes") }, words.remove),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    then(dialog.returnValue === "yes");
  });
  document.body.append(dialog);
  dialog.showModal();
}
