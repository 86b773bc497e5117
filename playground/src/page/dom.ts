/** Elements, found and made. Texts are always set as texts: what a program prints is never markup. */

export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found as T;
}

/** An element that scrolls: keys must reach it, too. */
export function findScrolling(id: string): HTMLElement {
  const found = find(id);
  found.tabIndex = 0;
  return found;
}

type Child = Node | string;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** The choices of a `select`. */
export function fill(select: HTMLSelectElement, choices: readonly (readonly [value: string, text: string])[]): void {
  const { value } = select;
  select.replaceChildren(
    ...choices.map(([value, text]) => {
      const option = make("option", "", text);
      option.value = value;
      return option;
    }),
  );
  if (choices.some(([known]) => known === value)) select.value = value;
}
