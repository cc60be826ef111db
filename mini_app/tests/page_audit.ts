/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** What a screen can be checked for without an eye. Runs in the browser: refers to nothing outside itself. */

/**
 * Finds flaws: text with less contrast than WCAG 2.2 AA asks, something to press without a name or too
 * small for a thumb (44 x 44, or 24 x 24 in a row), a page wider than its screen.
 */
export function findFlaws(): string[] {
  const flaws: string[] = [];
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  type Colour = [red: number, green: number, blue: number, alpha: number];
  function read(colour: string): Colour {
    if (canvas === null) return [0, 0, 0, 0];
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }
  function over([r, g, b, a]: Colour, [x, y, z]: Colour): Colour {
    return [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  }
  function luminance([red, green, blue]: Colour): number {
    const linear = (value: number) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  }
  function groundOf(element: Element): Colour {
    const layers: Colour[] = [];
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      layers.push(read(getComputedStyle(at).backgroundColor));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  }
  function name(element: Element): string {
    const text = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim();
    return `${element.tagName.toLowerCase()} "${text.slice(0, 30)}"`;
  }
  function isShown(element: Element): boolean {
    const { width, height } = element.getBoundingClientRect();
    const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    return isSeen && width > 2 && height > 2;
  }

  for (const element of document.querySelectorAll("body *")) {
    const ownText = [...element.childNodes].some((node) =>
      node.nodeType === 3 && (node.textContent ?? "").trim() !== ""
    );
    if (!ownText || !isShown(element) || element.tagName === "OPTION") continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const [one, other] = [luminance(over(read(style.color), ground)), luminance(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    // A disabled control is exempt (WCAG 1.4.3), and kept legible all the same.
    const wanted = element.closest("[aria-disabled=true]") ? 3 : isLarge ? 3 : 4.5;
    if (ratio < wanted) flaws.push(`${name(element)} has a contrast of ${ratio.toFixed(2)}`);
  }
  for (const element of document.querySelectorAll("button, select, textarea, a, input")) {
    const label = element.getAttribute("aria-label") ?? element.textContent ?? "";
    const hasLabel = (element as HTMLInputElement).labels?.length ?? 0;
    if (label.trim() === "" && hasLabel === 0) flaws.push(`${name(element)} has no name`);
    if (!isShown(element)) continue;
    const { width, height } = element.getBoundingClientRect();
    if (Math.min(width, height) < 24 || Math.max(width, height) < 44) {
      flaws.push(`${name(element)} is ${Math.round(width)} x ${Math.round(height)}`);
    }
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) flaws.push(`The page is ${scrollWidth} wide on ${clientWidth}`);
  return flaws;
}
