/// <reference lib="dom" />
/** The pictures in the making: watches each, and keeps the newest result in sight until it is put away. */
import { isFinal, type MiniApp, type Progress } from "@pixelpop/client";
import type { Announcer } from "./announcer.ts";
import { element, setText } from "./element.ts";
import type { Language } from "./language.ts";
import { createMakingCard, type MakingActions, type MakingCard } from "./making_card.ts";
import type { Picture } from "./picture.ts";
import type { UnreadResults } from "./unread_results.ts";

/** The section. */
export interface Making {
  node: HTMLElement;
  /** Whether something finished is among them. */
  readonly hasResults: boolean;
  has(id: string): boolean;
  /** Shows a picture, first or last, and watches it unless it is finished. */
  add(picture: Picture, place: "first" | "last"): void;
  /** Takes a card away. */
  remove(id: string): void;
  /** Puts what is finished away; gives it, the oldest first. */
  takeFinished(): Picture[];
}

/** What the section works with. */
export interface MakingOptions {
  app: Pick<MiniApp, "watch" | "connection" | "onConnection">;
  language: Language;
  announcer: Announcer;
  unread: UnreadResults;
  actions: MakingActions;
  /** Told of each result as it comes. */
  onResult(picture: Picture): void;
  onError(error: unknown): void;
  /** Told when cards come or go. */
  onCount(): void;
}

const TICK_MS = 500;
/** A place in line is read out no more often than this. */
const QUIET_MS = 12_000;

interface Entry {
  card: MakingCard;
  stop: () => void;
  saidAt: number;
  saidStatus: string;
}

/** Makes an empty section. */
export function createMaking(options: MakingOptions): Making {
  const { app, language, announcer, unread } = options;
  const entries = new Map<string, Entry>();
  const heading = element("h2", { id: "making-title" });
  const list = element("div", { class: "making-list" });
  const node = element(
    "section",
    { class: "makings", "aria-labelledby": "making-title", hidden: true },
    heading,
    list,
  );
  let timer: ReturnType<typeof setInterval> | undefined;
  app.onConnection(tick);

  function tick(): void {
    for (const { card } of entries.values()) card.tick(app.connection);
  }

  function keepTicking(): void {
    clearInterval(timer);
    node.hidden = entries.size === 0;
    for (const { card } of entries.values()) card.enlarge(card.node === list.firstElementChild);
    options.onCount();
    const isMoving = [...entries.values()].some(({ card }) => !isFinal(card.picture.status));
    setText(heading, isMoving ? language.words.now : language.words.fresh);
    if (isMoving) timer = setInterval(tick, TICK_MS);
    tick();
  }

  function onChange(entry: Entry, progress: Progress): void {
    entry.card.update(progress);
    announce(entry, progress);
    keepTicking();
    if (!isFinal(progress.status)) return;
    if (document.visibilityState === "visible") unread.delete(progress.id);
    options.onResult(entry.card.picture);
  }

  function announce(entry: Entry, { status }: Progress): void {
    const now = Date.now();
    if (status === entry.saidStatus && now - entry.saidAt < QUIET_MS) return;
    entry.saidStatus = status;
    entry.saidAt = now;
    announcer.say(entry.card.summary);
  }

  function remove(id: string): void {
    const entry = entries.get(id);
    entry?.stop();
    entry?.card.node.remove();
    entries.delete(id);
    unread.delete(id);
    keepTicking();
  }

  return {
    node,
    get hasResults() {
      return [...entries.values()].some(({ card }) => isFinal(card.picture.status));
    },
    has: (id) => entries.has(id),
    add(picture, place) {
      if (entries.has(picture.id)) return;
      const isDone = isFinal(picture.status);
      const card = createMakingCard(picture, {
        language,
        actions: options.actions,
        wasAway: isDone,
      });
      const entry: Entry = { card, stop: () => {}, saidAt: 0, saidStatus: "" };
      entries.set(picture.id, entry);
      if (place === "first") list.prepend(card.node);
      else list.append(card.node);
      if (isDone) announcer.say(card.summary);
      else {
        unread.add(picture.id);
        entry.stop = app.watch(
          picture.id,
          (progress) => onChange(entry, progress),
          (error) => {
            remove(picture.id);
            options.onError(error);
          },
        );
      }
      keepTicking();
    },
    remove,
    takeFinished() {
      const finished = [...entries.values()].map(({ card }) => card.picture)
        .filter(({ status }) => isFinal(status));
      for (const { id } of finished) remove(id);
      return finished.reverse();
    },
  };
}
