/** A line that says what has happened, in the language that is chosen. */

import { find } from "./dom.ts";
import { follow, texts } from "./language.ts";
import type { Texts } from "./texts.ts";

export class Status {
  private readonly element: HTMLElement;
  private words: (texts: Texts) => string;

  /** `words` are those to begin with. */
  constructor(id: string, words: (texts: Texts) => string) {
    this.element = find(id);
    this.words = words;
    follow(() => this.say(this.words));
  }

  /** On a narrow screen it stands below the program. */
  reveal(): void {
    if (matchMedia("(width < 52rem)").matches) this.element.scrollIntoView({ block: "start" });
  }

  say(words: (texts: Texts) => string): void {
    this.words = words;
    this.element.textContent = words(texts());
  }
}
