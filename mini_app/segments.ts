/// <reference lib="dom" />
/** A choice of a few, as radio buttons that look like one control. */
import { type Child, element } from "./element.ts";

/** One of the choices. */
export interface Segment<Value extends string> {
  value: Value;
  content: Child[];
  /** One below the other. @default {false} */
  isStacked?: boolean;
}

/** The control. */
export interface Segments<Value extends string> {
  node: HTMLElement;
  readonly value: Value;
  choose(value: Value): void;
}

/** Makes it; `name` is that of the radio group. */
export function createSegments<Value extends string>(
  options: {
    name: string;
    legend: string;
    segments: readonly Segment<Value>[];
    chosen: Value;
    onChoose: () => void;
  },
): Segments<Value> {
  const { name, legend, segments, onChoose } = options;
  let chosen = options.chosen;
  const inputs = segments.map(({ value }) =>
    element("input", {
      type: "radio",
      class: "visually-hidden",
      name,
      value,
      checked: value === chosen,
      onchange() {
        chosen = value;
        onChoose();
      },
    })
  );
  const labels = segments.map(({ content, isStacked }, index) =>
    element(
      "label",
      {},
      inputs[index],
      element("span", { class: isStacked ? "stacked" : null }, ...content),
    )
  );
  return {
    node: element(
      "fieldset",
      { class: "field" },
      element("legend", {}, legend),
      element("div", { class: "segments" }, ...labels),
    ),
    get value() {
      return chosen;
    },
    choose(value) {
      chosen = value;
      const index = segments.findIndex((segment) => segment.value === value);
      const input = inputs[index];
      if (input !== undefined) input.checked = true;
    },
  };
}
