/// <reference lib="dom" />
/** Telegram's main button: "Create", with the price of the chosen quality. */
import { PRICES, type Quality } from "@pixelpop/client";
import type { Language } from "./language.ts";
import type { TelegramWebApp } from "./telegram.ts";

/** What the button shows. */
export interface MainButtonState {
  quality: Quality;
  /** Whether pressing it would submit. */
  isActive: boolean;
  isVisible: boolean;
}

/** The button. */
export interface MainButton {
  show(state: MainButtonState): void;
  /** Shows Telegram's own progress on it. */
  setBusy(isBusy: boolean): void;
}

/** Makes it; `onPress` is called at each press. */
export function createMainButton(
  { MainButton: button }: TelegramWebApp,
  { words }: Language,
  onPress: () => void,
): MainButton {
  button.onClick(onPress);
  return {
    show({ quality, isActive, isVisible }) {
      button.setParams({
        text: words.create(PRICES[quality]),
        is_active: isActive,
        is_visible: isVisible,
      });
    },
    setBusy(isBusy) {
      if (isBusy) button.showProgress();
      else button.hideProgress();
    },
  };
}
