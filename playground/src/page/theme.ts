/** Dark or light: the system's, or the user's choice. */

import { fill, find } from "./dom.ts";
import { follow, texts } from "./language.ts";
import { recall, remember } from "./settings.ts";

const THEMES = ["auto", "light", "dark"] as const;

export function startTheme(): void {
  const select = find<HTMLSelectElement>("theme");
  follow(() =>
    fill(
      select,
      THEMES.map((theme) => [theme, texts()[theme]]),
    ),
  );
  select.value = recall("theme", THEMES) ?? "auto";
  const show = (): void => {
    document.documentElement.dataset.theme = select.value;
  };
  select.addEventListener("change", () => {
    remember("theme", select.value);
    show();
  });
  show();
}
