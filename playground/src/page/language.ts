/** The language of the page, and the parts that follow it. */

import { fill, find } from "./dom.ts";
import { recall, remember } from "./settings.ts";
import { LANGUAGE_NAMES, LANGUAGES, type Language, TEXTS, type Texts } from "./texts.ts";

let language: Language = "en";
const followers: (() => void)[] = [];

/** The texts in the language of the page. */
export function texts(): Texts {
  return TEXTS[language];
}

export function currentLanguage(): Language {
  return language;
}

/** Calls `show` now, and again when the language changes. */
export function follow(show: () => void): void {
  followers.push(show);
  show();
}

/** The language of the address (`?lang=ko`), of the last visit, or of the browser. */
export function startLanguage(): void {
  const select = find<HTMLSelectElement>("language");
  fill(
    select,
    LANGUAGES.map((one) => [one, LANGUAGE_NAMES[one]]),
  );
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = LANGUAGES.find((one) => one === asked) ?? recall("language", LANGUAGES);
  language = wanted ?? (navigator.language.startsWith("ko") ? "ko" : "en");
  select.value = language;
  select.addEventListener("change", () => {
    language = select.value as Language;
    remember("language", language);
    for (const show of followers) show();
  });
  follow(showTexts);
}

/** Of the elements that name theirs. */
function showTexts(): void {
  document.documentElement.lang = language;
  document.title = `tsyncio ${texts().playground}`;
  for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
    const text = texts()[element.dataset.text as keyof Texts];
    if (typeof text === "string") element.textContent = text;
  }
}
