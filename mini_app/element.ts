/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Builds elements; never from text as HTML. */

/** Listeners by event, and attributes: `true` is present, `false`, null and undefined are absent. */
export type Properties = Record<
  string,
  string | number | boolean | null | undefined | ((event: Event) => void)
>;

/** A child; what is null, undefined or false is left out. */
export type Child = Node | string | null | undefined | false;

/** Makes an element: `{ class, id, ... }` become attributes, `onclick` and its like listeners. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  setProperties(made, properties);
  made.append(...present(children));
  return made;
}

/** Sets what {@link element} sets. */
export function setProperties(target: Element, properties: Properties): void {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") target.addEventListener(name.slice("on".length), value);
    else if (value === false || value === null || value === undefined) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Puts `children` in the place of what is there. */
export function fill(target: Element, ...children: Child[]): void {
  target.replaceChildren(...present(children));
}

/** Sets the text, unless it is there already: a live region repeats what is set anew. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

function present(children: Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string =>
    child !== null && child !== undefined && child !== false
  );
}
