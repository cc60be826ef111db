/// <reference lib="dom" />
/** The page of somebody who is logged in: composer, pictures in the making, gallery, and one picture in full. */
import {
  isFinal,
  type MiniApp,
  type MiniAppError,
  PRICES,
  type Quality,
  toMiniAppError,
} from "@pixelpop/client";
import { createAnnouncer } from "./announcer.ts";
import { createBalance } from "./balance.ts";
import { createComposer, type Wish } from "./composer.ts";
import { element } from "./element.ts";
import { createGallery } from "./gallery.ts";
import type { Language } from "./language.ts";
import { createMainButton } from "./main_button.ts";
import { createMaking } from "./making.ts";
import { createNotice } from "./notice.ts";
import { createOfflineBanner } from "./offline.ts";
import type { Picture } from "./picture.ts";
import { createPictureView } from "./picture_view.ts";
import { createRetry } from "./retry.ts";
import { savePicture } from "./save_picture.ts";
import type { TelegramWebApp } from "./telegram.ts";
import { openUnreadResults } from "./unread_results.ts";

/** What the page is made of. */
export interface StudioOptions {
  app: MiniApp;
  telegram: TelegramWebApp;
  language: Language;
  userId: string;
}

/** A submission that got no answer: sent again with the same key, it is charged once. */
interface Unanswered {
  wish: string;
  key: string;
}

/** Makes the page and loads what is to be shown. */
export function createStudio({ app, telegram, language, userId }: StudioOptions): HTMLElement {
  const { words } = language;
  const unread = openUnreadResults(userId);
  const announcer = createAnnouncer();
  const notice = createNotice(language);
  const offline = createOfflineBanner(app, language);
  let isSubmitting = false;
  let unanswered: Unanswered | undefined;
  let opened: Picture | undefined;
  let failureToLoad: MiniAppError | undefined;

  const mainButton = createMainButton(telegram, language, () => void submit());
  const composer = createComposer({
    ...language,
    onChange: showMainButton,
    onSubmit: () => void submit(),
  });
  const making = createMaking({
    app,
    language,
    announcer,
    unread,
    onError: fail,
    onCount: () => gallery.refresh(),
    onResult({ status }) {
      telegram.HapticFeedback.notificationOccurred(status === "COMPLETED" ? "success" : "warning");
    },
    actions: { cancel, open: openPicture, save, reuse, dismiss },
  });
  const gallery = createGallery({
    app,
    language,
    open: openPicture,
    claim,
    isBusy: () => !making.node.hidden,
    onError: fail,
  });
  const view = createPictureView({
    language,
    actions: { save, reuse, remove },
  });
  const loading = createRetry(load);
  const home = element("div", { class: "home" }, composer.node, making.node, gallery.node);
  const main = element("main", {}, notice.node, home, view.node);

  function showMainButton(): void {
    mainButton.show({
      quality: composer.wish.quality,
      isActive: composer.isReady && !isSubmitting,
      isVisible: opened === undefined,
    });
  }

  function fail(thrown: unknown, wish?: Wish): void {
    const error = toMiniAppError(thrown);
    const isOutOfCredits = error.code === "insufficient_credits" && !canAffordLess(wish?.quality);
    notice.show(error, isOutOfCredits ? words.outOfCredits : undefined);
    telegram.HapticFeedback.notificationOccurred("error");
    notice.node.scrollIntoView({ block: "nearest" });
    if (error.code === "insufficient_credits") void app.refreshCredits().catch(() => {});
  }

  /** Whether a lower quality than the one refused is within the credits, as far as they are known. */
  function canAffordLess(refused: Quality = "high"): boolean {
    const lower = Object.values(PRICES).filter((price) => price < PRICES[refused]);
    return lower.length > 0 && Math.min(...lower) <= (app.credits ?? 0);
  }

  /** Loads what is to be shown, and watches what is in the making. */
  async function load(): Promise<boolean> {
    try {
      await gallery.load();
    } catch (thrown) {
      const error = toMiniAppError(thrown);
      if (failureToLoad === undefined) fail(failureToLoad = error);
      return error.code === "signed_out";
    }
    if (failureToLoad !== undefined) {
      if (notice.error === failureToLoad) notice.hide();
      return true;
    }
    // What was finished meanwhile is what one comes back for.
    if (making.hasResults) making.node.scrollIntoView({ block: "start" });
    return true;
  }

  function hurry(): void {
    offline.hurry();
    loading.hurry();
  }

  async function submit(): Promise<void> {
    if (isSubmitting) return;
    if (!composer.isReady) {
      announcer.say(words.needPrompt);
      return composer.focus();
    }
    const { wish } = composer;
    isSubmitting = true;
    notice.hide();
    mainButton.setBusy(true);
    showMainButton();
    try {
      await send(wish);
    } catch (error) {
      fail(error, wish);
    } finally {
      isSubmitting = false;
      mainButton.setBusy(false);
      showMainButton();
    }
  }

  async function send(wish: Wish): Promise<void> {
    const { prompt, ...options } = wish;
    const text = JSON.stringify(wish);
    const key = unanswered?.wish === text ? unanswered.key : crypto.randomUUID();
    try {
      const accepted = await app.submit(prompt, { ...options, idempotencyKey: key });
      unanswered = undefined;
      for (const picture of making.takeFinished()) gallery.add(picture);
      composer.clear();
      making.add({
        ...wish,
        id: accepted.id,
        createdAt: accepted.created_at,
        status: "PENDING",
        url: null,
        errorCode: null,
      }, "first");
      announcer.say(words.submitted(words.place(accepted.queue.position)));
      making.node.scrollIntoView({ block: "start", behavior: scrolling() });
    } catch (error) {
      unanswered = toMiniAppError(error).isPassing ? { wish: text, key } : undefined;
      throw error;
    }
  }

  function save(picture: Picture): void {
    savePicture(picture, telegram);
  }

  async function cancel({ id }: Picture): Promise<void> {
    notice.hide();
    await app.cancel(id).catch(fail);
  }

  function dismiss(picture: Picture): void {
    making.remove(picture.id);
    gallery.add(picture);
    gallery.focus(picture.id);
  }

  function reuse({ prompt, size, quality, outputFormat }: Picture): void {
    close();
    composer.take({ prompt, size, quality, outputFormat });
    composer.focus();
    composer.node.scrollIntoView({ block: "start" });
  }

  async function remove(picture: Picture): Promise<void> {
    const isConfirmed = await new Promise((answer) =>
      telegram.showConfirm(words.removeQuestion, answer)
    );
    if (!isConfirmed) return;
    try {
      await app.remove(picture.id);
      making.remove(picture.id);
      gallery.remove(picture.id);
      close();
      announcer.say(words.removed);
      gallery.focus(picture.id);
    } catch (error) {
      fail(error);
    }
  }

  /** Keeps a row out of the gallery that belongs among those in the making. */
  function claim(picture: Picture): boolean {
    if (making.has(picture.id)) return true;
    if (isFinal(picture.status) && !unread.has(picture.id)) return false;
    making.add(picture, "last");
    unread.add(picture.id);
    // By a read of its own the backend learns that it was seen.
    if (picture.status === "COMPLETED") void app.get(picture.id).catch(() => {});
    return true;
  }

  function openPicture(picture: Picture): void {
    history.pushState({ picture: picture.id }, "");
    show(picture);
  }

  function close(): void {
    if (opened !== undefined) history.back();
    show(undefined);
  }

  let scrolledTo = 0;
  let opener: Element | null = null;
  function show(picture: Picture | undefined): void {
    const before = opened;
    if (before === picture) return;
    if (before === undefined) [scrolledTo, opener] = [scrollY, document.activeElement];
    opened = picture;
    notice.hide();
    home.hidden = picture !== undefined;
    view.node.hidden = picture === undefined;
    showMainButton();
    if (picture !== undefined) {
      view.show(picture);
      telegram.BackButton.show();
      scrollTo(0, 0);
      view.node.querySelector("h2")?.focus();
      return;
    }
    telegram.BackButton.hide();
    scrollTo(0, scrolledTo);
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    else if (before !== undefined) gallery.focus(before.id);
  }

  addEventListener("popstate", () => show(undefined));
  telegram.BackButton.onClick(close);
  telegram.onEvent("activated", () => {
    app.wake();
    hurry();
  });
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => void app.refreshCredits().catch(() => {}));
  showMainButton();
  loading.start();

  return element(
    "div",
    { class: "page" },
    element(
      "header",
      { class: "top" },
      element(
        "h1",
        {},
        element("img", { src: "/icon.svg", alt: "", width: 26, height: 26 }),
        "PixelPop",
      ),
      createBalance(app, language),
    ),
    offline.node,
    main,
    announcer.node,
  );
}

function scrolling(): ScrollBehavior {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
