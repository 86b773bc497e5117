"use tsyncio";
/** Rows without a library: each listens for a click at its checkbox, which a prevented default leaves unchecked. */

import { handle } from "./handle.ts";
import { later, logOf } from "./log.ts";

interface Row {
  readonly log: readonly string[];
  listen(box: HTMLInputElement): void;
}

const PREVENTED = ["begins", "click dispatched, prevented", "ends"];
const AT_ONCE = ["begins", "click dispatched", "ends"];
const AFTERWARDS = ["click dispatched", "begins", "ends"];

export const rows: Readonly<Record<string, Row>> = {
  "a function in place": {
    log: PREVENTED,
    listen: (box) =>
      box.addEventListener("click", async (event) => {
        const log = logOf(event.currentTarget);
        event.preventDefault();
        log("begins");
        await later();
        log("ends");
      }),
  },
  "a function by its name": {
    log: PREVENTED,
    listen(box) {
      async function listener(event: Event): Promise<void> {
        await handle(event);
      }
      box.addEventListener("click", listener);
    },
  },
  "a function of another module": {
    log: PREVENTED,
    listen: (box) => box.addEventListener("click", handle),
  },
  "a function that calls another": {
    log: PREVENTED,
    listen(box) {
      const listener = async (event: Event): Promise<void> => await handle(event);
      box.addEventListener("click", (event) => listener(event));
    },
  },
  "a property of the element": {
    log: PREVENTED,
    listen(box) {
      box.onclick = async (event) => await handle(event);
    },
  },
  "a method": {
    log: PREVENTED,
    listen(box) {
      const component = {
        async listen(event: Event): Promise<void> {
          await handle(event);
        },
      };
      box.addEventListener("click", component.listen);
    },
  },
  "a method, bound": {
    log: PREVENTED,
    listen(box) {
      class Component {
        readonly handle = handle;
        async listen(event: Event): Promise<void> {
          await this.handle(event);
        }
      }
      const component = new Component();
      box.addEventListener("click", component.listen.bind(component));
    },
  },
  "a class field": {
    log: PREVENTED,
    listen(box) {
      class Component {
        listen = async (event: Event): Promise<void> => await handle(event);
      }
      box.addEventListener("click", new Component().listen);
    },
  },
  "an object with handleEvent()": {
    log: PREVENTED,
    listen: (box) =>
      box.addEventListener("click", {
        async handleEvent(event: Event): Promise<void> {
          await handle(event);
        },
      }),
  },
  "removed again": {
    log: ["click dispatched"],
    listen(box) {
      const listener = async (event: Event): Promise<void> => await handle(event);
      const component = {
        async listen(event: Event): Promise<void> {
          await handle(event);
        },
      };
      box.addEventListener("click", handle);
      box.addEventListener("click", listener);
      box.addEventListener("click", component.listen);
      box.removeEventListener("click", handle);
      box.removeEventListener("click", listener);
      box.removeEventListener("click", component.listen);
    },
  },
  "a failure": {
    log: ["begins", "click dispatched", "unhandledrejection: no"],
    listen(box) {
      addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        logOf(box)(`${event.type}: ${event.reason.message}`);
      });
      box.onclick = async () => {
        logOf(box)("begins");
        await later();
        throw new Error("no");
      };
    },
  },
  "new Promise": {
    log: AT_ONCE,
    listen(box) {
      box.onclick = () => {
        // biome-ignore lint/suspicious/noAsyncPromiseExecutor: on purpose
        const made = new Promise<void>(async (resolve) => {
          logOf(box)("begins");
          await later();
          resolve();
        });
        made.then(() => logOf(box)("ends"));
      };
    },
  },
  forEach: {
    log: ["begins 1", "begins 2", "click dispatched", "ends 1", "ends 2"],
    listen(box) {
      box.onclick = () => {
        [1, 2].forEach(async (n) => {
          logOf(box)(`begins ${n}`);
          await later();
          logOf(box)(`ends ${n}`);
        });
      };
    },
  },
  queueMicrotask: {
    log: AT_ONCE, // the listener has returned
    listen(box) {
      box.onclick = () => queueMicrotask(async () => await beginAndEnd(box));
    },
  },
  setTimeout: {
    log: AFTERWARDS,
    listen(box) {
      box.onclick = () => void setTimeout(async () => await beginAndEnd(box));
    },
  },
  setInterval: {
    log: AFTERWARDS,
    listen(box) {
      box.onclick = () => {
        const interval = setInterval(async () => {
          clearInterval(interval);
          await beginAndEnd(box);
        });
      };
    },
  },
  requestAnimationFrame: {
    log: AFTERWARDS,
    listen(box) {
      box.onclick = () => void requestAnimationFrame(async () => await beginAndEnd(box));
    },
  },
  "an observer": {
    log: AT_ONCE,
    listen(box) {
      new MutationObserver(async () => await beginAndEnd(box)).observe(box, { attributes: true });
      box.onclick = () => box.setAttribute("title", "clicked");
    },
  },
};

async function beginAndEnd(box: HTMLInputElement): Promise<void> {
  logOf(box)("begins");
  await later();
  logOf(box)("ends");
}
