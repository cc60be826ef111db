/// <reference lib="dom" />
/** Where a picture is wished for: prompt, shape, quality with its price, file format. */
import {
  MAX_PROMPT_LENGTH,
  OUTPUT_FORMATS,
  type OutputFormat,
  PRICES,
  QUALITIES,
  type Quality,
  type Size,
  SIZES,
} from "@pixelpop/client";
import { element, setText } from "./element.ts";
import { icon, type IconName } from "./icons.ts";
import type { Language } from "./language.ts";
import { createSegments } from "./segments.ts";

/** What is wished for. */
export interface Wish {
  prompt: string;
  size: Size;
  quality: Quality;
  outputFormat: OutputFormat;
}

/** The form. */
export interface Composer {
  node: HTMLElement;
  /** As it stands; its prompt may be empty. */
  readonly wish: Wish;
  /** Whether it can be submitted. */
  readonly isReady: boolean;
  /** Shows a wish, to be changed and submitted. */
  take(wish: Wish): void;
  clear(): void;
  focus(): void;
}

const SIZE_ICONS: Readonly<Record<Size, IconName>> = {
  "1024x1024": "square",
  "1536x1024": "wide",
  "1024x1536": "tall",
};
/** From here on the counter is of interest. */
const COUNT_FROM = MAX_PROMPT_LENGTH - 400;
const KEPT = "pixelpop.wish";

/** Makes the form. `onSubmit` is called by Ctrl or Command with Enter, `onChange` by every change. */
export function createComposer(
  { words, code, onChange, onSubmit }: Language & { onChange: () => void; onSubmit: () => void },
): Composer {
  const kept = readKept();
  const changed = () => {
    keep();
    onChange();
  };
  const prompt = element("textarea", {
    id: "prompt",
    rows: 3,
    dir: "auto",
    placeholder: words.promptHint,
    "aria-describedby": "prompt-count",
    enterkeyhint: "done",
    oninput() {
      count();
      changed();
    },
  });
  prompt.value = kept.prompt;
  const counter = element("span", { id: "prompt-count", class: "count" });
  const idea = element(
    "button",
    { type: "button", class: "icon-button", "aria-label": words.idea, onclick: suggest },
    icon("idea"),
  );
  const size = createSegments({
    name: "size",
    legend: words.size,
    chosen: kept.size,
    onChoose: changed,
    segments: SIZES.map((value) => ({
      value,
      content: [icon(SIZE_ICONS[value]), words.sizes[value]],
      isStacked: true,
    })),
  });
  const quality = createSegments({
    name: "quality",
    legend: words.quality,
    chosen: kept.quality,
    onChoose: changed,
    segments: QUALITIES.map((value) => ({
      value,
      content: [
        words.qualities[value],
        element("small", { "aria-hidden": "true" }, String(PRICES[value]), icon("credit")),
        element("span", { class: "visually-hidden" }, words.credits(PRICES[value])),
      ],
      isStacked: true,
    })),
  });
  const format = createSegments({
    name: "format",
    legend: words.format,
    chosen: kept.outputFormat,
    onChoose: changed,
    segments: OUTPUT_FORMATS.map((value) => ({ value, content: [value.toUpperCase()] })),
  });
  const node = element(
    "form",
    {
      class: "card composer",
      "aria-labelledby": "compose-title",
      onsubmit: (event) => event.preventDefault(),
      onkeydown(event) {
        const { key, ctrlKey, metaKey } = event as KeyboardEvent;
        if (key === "Enter" && (ctrlKey || metaKey)) onSubmit();
      },
    },
    element("h2", { id: "compose-title", class: "visually-hidden" }, words.compose),
    element(
      "div",
      { class: "prompt-head" },
      element("label", { for: "prompt" }, words.prompt),
      idea,
    ),
    element("div", { class: "prompt" }, prompt, counter),
    size.node,
    quality.node,
    format.node,
  );

  function lengthOfPrompt(): number {
    return [...prompt.value.trim()].length;
  }

  function count(): void {
    const length = lengthOfPrompt();
    const number = new Intl.NumberFormat(code);
    const over = length - MAX_PROMPT_LENGTH;
    prompt.ariaInvalid = String(over > 0);
    counter.classList.toggle("over", over > 0);
    if (over > 0) return setText(counter, words.promptTooLong(over));
    const counted = `${number.format(length)} / ${number.format(MAX_PROMPT_LENGTH)}`;
    setText(counter, length < COUNT_FROM ? "" : counted);
  }

  function suggest(): void {
    const others = words.ideas.filter((text) => text !== prompt.value);
    prompt.value = others[Math.floor(Math.random() * others.length)] ?? "";
    count();
    changed();
    prompt.focus();
  }

  function wish(): Wish {
    return {
      prompt: prompt.value.trim(),
      size: size.value,
      quality: quality.value,
      outputFormat: format.value,
    };
  }

  function keep(): void {
    try {
      localStorage.setItem(KEPT, JSON.stringify(wish()));
    } catch {
      // It is a convenience.
    }
  }

  count();
  return {
    node,
    get wish() {
      return wish();
    },
    get isReady() {
      const length = lengthOfPrompt();
      return length > 0 && length <= MAX_PROMPT_LENGTH;
    },
    take(next) {
      prompt.value = next.prompt;
      size.choose(next.size);
      quality.choose(next.quality);
      format.choose(next.outputFormat);
      count();
      changed();
    },
    clear() {
      prompt.value = "";
      count();
      changed();
    },
    focus: () => prompt.focus(),
  };
}

// A draft survives a reload; what is not one of today's choices is left aside.
function readKept(): Wish {
  let kept: Partial<Wish> = {};
  try {
    kept = Object(JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
  } catch {
    // Then it is the usual one.
  }
  return {
    prompt: typeof kept.prompt === "string" ? kept.prompt : "",
    size: SIZES.find((size) => size === kept.size) ?? "1024x1024",
    quality: QUALITIES.find((quality) => quality === kept.quality) ?? "medium",
    outputFormat: OUTPUT_FORMATS.find((format) => format === kept.outputFormat) ?? "png",
  };
}
