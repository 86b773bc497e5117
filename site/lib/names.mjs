/** docs/asyncio-names.md as a map: what a name of tsyncio is in asyncio. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The code spans of a cell; `.name` belongs to the class that was named last. */
function spans(cell) {
  let owner = "";
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, span]) => {
    if (span.startsWith(".")) return owner + span;
    owner = /^[\w.]*?(?=\.\w+(?:\(|$)|\[)/.exec(span)?.[0] ?? span;
    return span;
  });
}

/** `new Queue(maxsize)` is Queue, `.get()` of a queue is Queue.get, `loop.callSoon(…)` is EventLoop.callSoon. */
function bareName(form) {
  return form
    .replace(/^new /, "")
    .replace(/\(.*$/, "")
    .replace(/^loop\./, "EventLoop.");
}

/** Each row: names of asyncio, names of tsyncio; none if it has no form. */
export function asyncioNames(root) {
  const rows = [];
  let head = "";
  for (const line of readFileSync(join(root, "docs", "asyncio-names.md"), "utf8").split("\n")) {
    if (!line.startsWith("| ") || line.startsWith("| ---")) continue;
    const [first = "", second = ""] = line.slice(2).split(" | ");
    if (/^(asyncio 3.15|Python|tsyncio)$/.test(first)) head = first;
    else if (head !== "tsyncio") {
      const prefix = head === "Python" ? "" : "asyncio.";
      const python = spans(first).map((name) => prefix + name);
      const ours = spans(second)
        .filter((form) => !form.startsWith("tsyncio/"))
        .map(bareName);
      rows.push({ python, ours });
    }
  }
  return rows;
}

/** The names in asyncio, by the name in tsyncio: `createTask` → `["asyncio.create_task"]`. */
export function byOurName(rows) {
  const map = new Map();
  const put = (name, python) => map.set(name, [...new Set([...(map.get(name) ?? []), ...python])]);
  for (const { python, ours } of rows) {
    if (python.length === ours.length) for (const [i, name] of ours.entries()) put(name, [python[i]]);
    else if (ours.length > 0) put(ours[0], python);
  }
  return map;
}
