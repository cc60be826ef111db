/// <reference lib="dom" />
/** The two themes of the mock, in Telegram's own colours, as its script would set them. */

/** A theme of the mock. */
export type Theme = "light" | "dark";

const THEMES: Readonly<Record<Theme, Record<string, string>>> = {
  light: {
    "bg-color": "#ffffff",
    "secondary-bg-color": "#efeff4",
    "section-bg-color": "#ffffff",
    "text-color": "#000000",
    "hint-color": "#999999",
    "link-color": "#2481cc",
    "accent-text-color": "#2481cc",
    "button-color": "#2481cc",
    "button-text-color": "#ffffff",
    "destructive-text-color": "#e53935",
  },
  dark: {
    "bg-color": "#17212b",
    "secondary-bg-color": "#0e1621",
    "section-bg-color": "#17212b",
    "text-color": "#f5f5f5",
    "hint-color": "#708499",
    "link-color": "#6ab3f3",
    "accent-text-color": "#6ab2f2",
    "button-color": "#5288c1",
    "button-text-color": "#ffffff",
    "destructive-text-color": "#ec3942",
  },
};

/** The theme that was chosen, else the device's. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem("pixelpop.test.theme");
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Shows a theme. */
export function applyTheme(theme: Theme): void {
  const { style } = document.documentElement;
  style.setProperty("--tg-color-scheme", theme);
  style.setProperty("color-scheme", theme);
  for (const [name, colour] of Object.entries(THEMES[theme])) {
    style.setProperty(`--tg-theme-${name}`, colour);
  }
}
