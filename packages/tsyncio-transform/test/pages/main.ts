/** Puts the rows on the page, and what each must log where scripts/pages.mjs finds it. */

import { rows as components, render } from "./components.tsx";
import { rows as listeners } from "./listeners.ts";
import { logOf, logs } from "./log.ts";

const expected: Record<string, readonly string[]> = { ...components };
for (const [name, { log, listen }] of Object.entries(listeners)) {
  expected[name] = log;
  const label = document.createElement("label");
  label.dataset.row = name;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.dataset.click = "";
  label.append(box, name);
  document.querySelector("#listeners")?.append(label);
  listen(box);
}
const react = document.querySelector("#react");
if (react !== null) render(react);

for (const type of ["click", "submit"]) {
  document.addEventListener(type, (event) => {
    logOf(event.target as Element)(`${type} dispatched${event.defaultPrevented ? ", prevented" : ""}`);
  });
}

Object.assign(globalThis, { expected, logs });
