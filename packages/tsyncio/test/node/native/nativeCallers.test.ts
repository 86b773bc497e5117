"use tsyncio";
/** Rule 5 where native code is Node's: emitters, servers, streams, AsyncLocalStorage. */

import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { callbackify } from "node:util";
import { getRunningLoop, Lock, sleep } from "tsyncio";
import { expect, it } from "vitest";

type Log = string[];

/** Waits for what native code does in its own time, outside of tsyncio. */
function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (condition()) resolve();
      else setTimeout(check, 1);
    };
    check();
  });
}

it("an emitter's listeners begin in emit(), and can be removed by name and as members", () => {
  const log: Log = [];
  const emitter = new EventEmitter();
  async function byName(): Promise<void> {
    log.push("by name");
    await sleep(0);
    log.push("by name, later");
  }
  class Component {
    async method(): Promise<void> {
      log.push("method");
    }
    field = async (): Promise<void> => void log.push("field");
  }
  const component = new Component();
  emitter.on("x", byName);
  emitter.on("x", component.method);
  emitter.on("x", component.field);
  emitter.once("x", async () => void log.push("in place"));
  emitter.emit("x");
  expect(log).toEqual(["by name", "method", "field", "in place"]);
  emitter.off("x", byName);
  emitter.off("x", component.method);
  emitter.off("x", component.field);
  expect(emitter.listenerCount("x")).toBe(0);
  return until(() => log.at(-1) === "by name, later");
});

it("the store of als.run() is there at once, and after each wait", async () => {
  const storage = new AsyncLocalStorage<string>();
  const stores = await Promise.all(
    ["a", "b"].map((store) =>
      storage.run(store, async () => {
        const seen = [storage.getStore()];
        await sleep(0.001);
        seen.push(storage.getStore());
        await null;
        seen.push(storage.getStore());
        return seen;
      }),
    ),
  );
  expect(stores).toEqual([Array(3).fill("a"), Array(3).fill("b")]);
  expect(storage.getStore()).toBe(undefined);
});

it("a function that stands before one that was handed over is called itself, though it has or shows its properties", async () => {
  const seen: unknown[] = [];
  const double = async (n: number): Promise<number> => {
    await sleep(0);
    return n * 2;
  };
  const callback = callbackify(double); // copies them
  seen.push(await new Promise((resolve) => callback(1, (error, value) => resolve(error ?? value))));
  const proxy = new Proxy(double, {
    apply(target, thisArg, args) {
      seen.push("trap");
      return Reflect.apply(target, thisArg, args);
    },
  });
  seen.push(await proxy(2));
  expect(seen).toEqual([2, "trap", 4]);
});

it("handlers of a server share the locks of the module, and one loop", async () => {
  const lock = new Lock();
  const loops = new Set<unknown>();
  let inside = 0;
  const server = createServer(async (_request, response) => {
    using _ = await lock.acquire();
    loops.add(getRunningLoop());
    inside++;
    await sleep(0.001);
    expect(inside--).toBe(1);
    response.end("page");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const get = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${port}`)).text();
  const pages = await Promise.all([get(), get(), get()]);
  server.close();
  server.closeAllConnections();
  expect(pages).toEqual(["page", "page", "page"]);
  expect(loops.size).toBe(1);
});

it("a stream maps with a function, and is made of a generator", async () => {
  const items = async function* (): AsyncGenerator<number, void> {
    yield 1;
    await sleep(0);
    yield 2;
  };
  const doubled = Readable.from(items()).map(async (n: number) => {
    await sleep(0);
    return n * 2;
  });
  expect(await doubled.toArray()).toEqual([2, 4]);
});
