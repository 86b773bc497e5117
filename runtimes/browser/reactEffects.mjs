// React's effects begin coroutines: in StrictMode each effect runs, is cleaned up, and runs again. For browsers only.
import { createElement, StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Semaphore, sleep, toPromise } from "tsyncio";
import { describe, expect, it } from "vitest";

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What a page loads: one load at a time, of all components. */
class Loader {
  semaphore = new Semaphore(1);
  log = [];

  *load(name, seconds) {
    this.log.push(`${name} begins`);
    try {
      yield* this.semaphore.acquire();
      try {
        yield* sleep(seconds);
        return `${name} loaded`;
      } finally {
        this.semaphore.release();
      }
    } finally {
      yield* sleep(0);
      this.log.push(`${name} ends`);
    }
  }
}

function Part({ loader, name, seconds }) {
  const [text, setText] = useState("loading");
  useEffect(() => {
    loader.log.push(`effect of ${name}`);
    const unmounted = new AbortController();
    toPromise(loader.load(name, seconds), { signal: unmounted.signal }).then(setText, (error) => {
      if (error !== unmounted.signal.reason) setText(String(error));
    });
    return () => unmounted.abort();
  }, [loader, name, seconds]);
  return createElement("p", null, text);
}

function render(...parts) {
  const container = document.createElement("div");
  const root = createRoot(container);
  root.render(
    createElement(StrictMode, null, ...parts.map((part) => createElement(Part, { key: part.name, ...part }))),
  );
  return { root, texts: () => [...container.querySelectorAll("p")].map((p) => p.textContent) };
}

describe("effects of React in StrictMode", () => {
  it("the first of two effects is cancelled by its cleanup, the second lives, and so do those of other components", async () => {
    const loader = new Loader();
    const names = ["a", "b", "c"];
    const { root, texts } = render(...names.map((name) => ({ loader, name, seconds: 0.002 })));
    await until(() => texts().length === 3 && !texts().includes("loading"));
    expect(texts()).toEqual(["a loaded", "b loaded", "c loaded"]);
    for (const name of names) {
      expect(loader.log.filter((line) => line === `effect of ${name}`).length).toBe(2);
      // What was aborted in the turn of its beginning has never begun.
      expect(loader.log.filter((line) => line === `${name} begins`).length).toBe(1);
    }
    root.unmount();
  });

  it("unmounting cancels what is under way, which cleans up and lets the next one in", async () => {
    const loader = new Loader();
    const slow = render({ loader, name: "slow", seconds: 60 });
    await until(() => loader.semaphore.locked());
    const next = render({ loader, name: "next", seconds: 0.001 });
    slow.root.unmount();
    await until(() => next.texts()[0] === "next loaded");
    expect(loader.log.filter((line) => line === "slow ends").length).toBe(1);
    expect(loader.semaphore.locked()).toBe(false);
    next.root.unmount();
  });
});
