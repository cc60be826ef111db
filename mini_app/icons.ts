/// <reference lib="dom" />
/** Line icons, decorative: whatever they stand beside says the same in words. */

const PATHS = {
  credit: "M12 3l2.6 6.1L21 12l-6.4 2.9L12 21l-2.6-6.1L3 12l6.4-2.9z",
  square: "M5 5h14v14H5z",
  wide: "M3 7h18v10H3z",
  tall: "M7 3h10v18H7z",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 13l4 4L19 7",
  save: "M12 4v11m0 0l-4-4m4 4l4-4M5 20h14",
  again: "M4 12a8 8 0 1 0 2.4-5.7M4 4v4h4",
  trash: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10 11v5M14 11v5",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.2",
  idea: "M9 18h6M10 21h4M8 14a6 6 0 1 1 8 0c-.8.7-1 1.3-1 2H9c0-.7-.2-1.3-1-2z",
  back: "M15 5l-7 7 7 7",
  moon: "M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10z",
  sun:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5",
  offline:
    "M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4-2.4M19 12a10 10 0 0 0-5.5-2.8M12 19v.1",
} as const;

/** Names of the icons. */
export type IconName = keyof typeof PATHS;

/** Makes an icon. */
export function icon(name: IconName): SVGSVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
