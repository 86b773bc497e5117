/** What the program prints. */

import type { Level } from "../protocol.ts";
import { findScrolling, make } from "./dom.ts";
import { texts } from "./language.ts";

/** How far from its end the list may be scrolled, in pixels, to follow what comes. */
const NEAR = 40;

export class Output {
  private readonly element = findScrolling("output");
  private readonly goTo: (line: number) => void;
  /** Printed, and not shown yet: a program may print much in a moment. */
  private waiting: HTMLElement[] = [];

  /** `goTo` is called with the line of an error that the user wants to see. */
  constructor(goTo: (line: number) => void) {
    this.goTo = goTo;
  }

  clear(): void {
    this.waiting = [];
    this.element.replaceChildren();
  }

  print(level: Level, text: string, line: number | null): void {
    const entry = make("div", level, text);
    if (line !== null) {
      const button = make("button", "line", texts().line(line));
      button.type = "button";
      button.addEventListener("click", () => this.goTo(line));
      entry.append(" ", button);
    }
    if (this.waiting.push(entry) === 1) requestAnimationFrame(() => this.flush());
  }

  /** Shows what has been printed. */
  flush(): void {
    const { element, waiting } = this;
    if (waiting.length === 0) return;
    const follows = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    const last = waiting.at(-1) as HTMLElement;
    element.append(...waiting);
    this.waiting = [];
    if (!follows) return;
    // A long report is read from its beginning.
    const long = last.offsetHeight > element.clientHeight;
    element.scrollTop = long ? last.offsetTop - element.offsetTop : element.scrollHeight;
  }
}
