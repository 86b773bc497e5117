/** What useTask must do, for each version of React: bundled with one of them by the test beside this. */

import { act, createElement, type ReactNode, StrictMode, Suspense, startTransition, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { type Coroutine, isCancelled, sleep } from "tsyncio";
import { type UsedTask, useTask } from "tsyncio/react";
import type * as vitest from "vitest";

export { version } from "react";

/** What is needed of the page: the types of the tests have no document. */
declare const document: { createElement(name: string): Element & { readonly textContent: string | null } };

type Tools = Pick<typeof vitest, "describe" | "expect" | "it">;

/** Runs that end when they are told to, and what became of them. */
class Work {
  readonly log: string[] = [];
  readonly ended = new Set<string>();

  *run(name: string): Coroutine<string> {
    this.log.push(`${name} begins`);
    try {
      while (!this.ended.has(name)) yield* sleep(0.001);
      if (name === "bad") throw new Error("bad has failed");
      return `result of ${name}`;
    } catch (error) {
      if (isCancelled(error)) yield* sleep(0.001); // cleans up
      throw error;
    } finally {
      this.log.push(`${name} ends`);
    }
  }
}

type Used = UsedTask<[string], string>;

/** Shows a task, and hands it out. */
function View(props: {
  work: Work;
  onRender: (task: Used) => void;
  mode?: "restart" | "drop" | "queue";
  first?: string;
}) {
  const { work, onRender, mode = "restart", first } = props;
  const task = useTask((name: string) => work.run(name), { mode });
  onRender(task);
  const { run } = task;
  useEffect(() => {
    if (first !== undefined) void run(first);
  }, [run, first]);
  return createElement("p", null, `${task.state} ${task.value ?? "-"} ${task.error ?? "-"}`);
}

/** The page with one element. */
async function render(element: ReactNode) {
  const container = document.createElement("div");
  const root = createRoot(container);
  await act(async () => root.render(element));
  return {
    text: () => container.textContent,
    rerender: (next: ReactNode) => act(async () => root.render(next)),
    unmount: () => act(async () => root.unmount()),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await act(() => new Promise((resolve) => setTimeout(resolve, 1)));
}

export function suite(name: string, { describe, expect, it }: Tools): void {
  describe(name, () => {
    function view(options: Partial<Parameters<typeof View>[0]> = {}) {
      const work = new Work();
      const renders: Used[] = [];
      const element = createElement(View, { work, onRender: (task) => renders.push(task), ...options });
      return { work, renders, element, last: () => renders.at(-1) as Used };
    }

    it("shows how a run goes, its result and its error", async () => {
      const { work, element, last } = view();
      const page = await render(element);
      expect(page.text()).toBe("idle - -");
      await act(async () => void last().run("a"));
      expect(page.text()).toBe("running - -");
      work.ended.add("a").add("bad");
      await until(() => page.text() === "done result of a -");
      await act(async () => void last().run("bad"));
      await until(() => page.text() === "failed result of a Error: bad has failed");
      await page.unmount();
    });

    it("run and cancel are the same in every render, and the object is as long as nothing changes", async () => {
      const { element, renders, last } = view();
      const page = await render(element);
      const [first] = renders;
      await act(async () => void last().run("a"));
      await act(() => last().cancel());
      expect(page.text()).toBe("cancelled - -");
      expect(renders.length).toBeGreaterThan(2);
      for (const { run, cancel } of renders) expect([run, cancel]).toEqual([first?.run, first?.cancel]);
      await page.rerender(element);
      await page.unmount();
    });

    it("restart, drop and queue", async () => {
      const expected = {
        restart: ["a begins", "a ends", "c begins", "c ends"],
        drop: ["a begins", "a ends"],
        queue: ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"],
      };
      for (const mode of ["restart", "drop", "queue"] as const) {
        const { work, element, last } = view({ mode });
        const page = await render(element);
        await act(async () => void last().run("a"));
        await until(() => work.log.length === 1);
        await act(async () => {
          void last().run("b");
          void last().run("c");
        });
        for (const name of ["a", "b", "c"]) work.ended.add(name);
        await until(() => last().state === "done");
        expect(work.log).toEqual(expected[mode]);
        await page.unmount();
      }
    });

    it("calls the function of the last render", async () => {
      const log: string[] = [];
      let task = null as UsedTask<[], void> | null;
      function Closure({ word }: { word: string }) {
        task = useTask(function* () {
          yield* sleep(0);
          log.push(word);
        });
        return null;
      }
      const page = await render(createElement(Closure, { word: "old" }));
      await page.rerender(createElement(Closure, { word: "new" }));
      await act(async () => void (await task?.run()));
      expect(log).toEqual(["new"]);
      await page.unmount();
    });

    it("unmounting cancels, and after that nothing can be run", async () => {
      const { work, element, last } = view();
      const page = await render(element);
      await act(async () => void last().run("a"));
      await until(() => work.log.length === 1);
      await page.unmount();
      await until(() => work.log.length === 2);
      expect(work.log).toEqual(["a begins", "a ends"]);
      expect(await last().run("b")).toEqual({ state: "dropped" });
      expect(work.log).toHaveLength(2);
    });

    it.each(["restart", "drop", "queue"] as const)(
      "StrictMode, whose effects run twice, ends with one run: %s",
      async (mode) => {
        const { work, element, last } = view({ mode, first: "a" });
        const page = await render(createElement(StrictMode, null, element));
        work.ended.add("a");
        await until(() => last().state === "done");
        expect(page.text()).toBe("done result of a -");
        expect(work.log).toEqual(["a begins", "a ends"]);
        await page.unmount();
      },
    );

    it("StrictMode: the effect of a child may run the task of its parent", async () => {
      const work = new Work();
      function Child({ load }: { load: Used["run"] }) {
        useEffect(() => void load("a"), [load]);
        return null;
      }
      let state = "";
      function Parent() {
        const task = useTask((name: string) => work.run(name), { mode: "drop" });
        state = task.state;
        return createElement(Child, { load: task.run });
      }
      const page = await render(createElement(StrictMode, null, createElement(Parent)));
      work.ended.add("a");
      await until(() => state === "done");
      expect(work.log).toEqual(["a begins", "a ends"]);
      await page.unmount();
    });

    it("a render that React throws away runs nothing, and leaves nothing behind", async () => {
      const work = new Work();
      let show = (): void => {};
      let ready = false;
      const waiting = new Promise<void>((resolve) => {
        show = () => {
          ready = true;
          resolve();
        };
      });
      function Suspends() {
        const task = useTask((name: string) => work.run(name));
        const { run } = task;
        useEffect(() => void run("a"), [run]);
        if (!ready) throw waiting;
        return createElement("p", null, task.state);
      }
      const page = await render(createElement(Suspense, { fallback: "waits" }, createElement(Suspends)));
      expect([page.text(), work.log]).toEqual(["waits", []]);
      await act(async () => show());
      await until(() => work.log.length === 1);
      expect(page.text()).toBe("running");
      await page.unmount();
      await until(() => work.log.length === 2);
    });

    it("a transition shows one state everywhere, also when the task ends in the middle of it", async () => {
      const work = new Work();
      const seen = new Set<string>();
      let task = null as Used | null;
      let go = (_: number): void => {};
      function Reader({ state }: { state: string }) {
        const until = performance.now() + 5; // slow, so that React yields
        while (performance.now() < until);
        return createElement("i", null, state, " ");
      }
      function Parent() {
        task = useTask((name: string) => work.run(name));
        const [count, setCount] = useState(1);
        go = setCount;
        const readers = Array.from({ length: count }, (_, i) =>
          createElement(Reader, { key: i, state: `${task?.state}` }),
        );
        return createElement("p", null, readers);
      }
      const page = await render(createElement(Parent));
      await act(async () => void task?.run("a"));
      await act(async () => {
        startTransition(() => go(10));
        work.ended.add("a");
        await new Promise((resolve) => setTimeout(resolve, 10));
        for (const word of [page.text() ?? ""]) seen.add([...new Set(word.trim().split(/\s+/))].join("+"));
      });
      await until(() => task?.state === "done");
      expect((page.text() ?? "").trim().split(/\s+/)).toEqual(Array(10).fill("done"));
      for (const states of seen) expect(states).not.toContain("+");
      await page.unmount();
    });

    it("on a server shows the task as idle", () => {
      const { element } = view({ first: "a" });
      expect(renderToString(element)).toBe("<p>idle - -</p>");
    });

    it.each([undefined, null, "find"])("%s in the place of the function is an error of the render", (fn) => {
      function Wrong() {
        useTask(fn as never);
        return null;
      }
      expect(() => renderToString(createElement(Wrong))).toThrow("useTask expects a coroutine function, got");
    });

    it("an option that does not exist is an error of the render", () => {
      function Wrong() {
        useTask(() => sleep(1), { modus: "drop" } as never);
        return null;
      }
      expect(() => renderToString(createElement(Wrong))).toThrow("did you mean mode?");
    });
  });
}
