/** Jobs that do harm, to themselves or to their pool. */

import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { serialize } from "node:v8";
import { parentPort } from "node:worker_threads";
import { ValueError } from "tsyncio";
import { blocking, mainLoop } from "tsyncio/executors";

/** What no worker of tsyncio's sends, or not in this form. */
const MALFORMED: unknown[] = [
  null,
  5,
  "ready",
  {},
  { ready: false },
  [],
  ["done"],
  ["value"],
  ["report"],
  ["cancel", "1"],
  ["ready", [7]],
  ["call"],
  ["call", 1, 1, "later", "file:///a.js", "f", []],
  ["call", 1, 1, "soon", 5, "f", []],
  new Uint8Array([255, 15, 1]),
  { __tinypool_worker_message__: true, source: "port", taskId: 1, result: 5 },
  { __tinypool_worker_message__: true, source: "pool", taskId: 1, result: 5 },
];

/** Sends all of that by the channels that every code in a worker has. */
export const sendMalformed = blocking(import.meta, async function sendMalformed(): Promise<string> {
  for (const message of MALFORMED) {
    parentPort?.postMessage(message);
    process.send?.(message as object);
    if (Array.isArray(message)) process.send?.(serialize(message));
  }
  await delay(100);
  return "done";
});

/** Node's own messages of the channel. Some end the process that sends them. */
export const sendNodesOwn = blocking(import.meta, async function sendNodesOwn(message: object): Promise<string> {
  process.send?.(message);
  await delay(100);
  return "done";
});

export const sendSocket = blocking(import.meta, async function sendSocket(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.send?.("a server", server);
  server.close();
  return "done";
});

export const disconnect = blocking(import.meta, async function disconnect(): Promise<string> {
  process.disconnect?.();
  await delay(60_000);
  return "done";
});

/** Has the main loop call a function of a module that the main process has not loaded. */
export const callUnknown = blocking(import.meta, async function callUnknown(url: string): Promise<unknown> {
  const unknown = blocking({ url }, function* unknown() {});
  return await mainLoop().runCoroutineThreadsafe(unknown);
});

const odd: Record<string, () => unknown> = {
  "revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "throwing proxy": () =>
    new Proxy(new Error("x"), {
      get: () => {
        throw new Error("get");
      },
      getPrototypeOf: () => {
        throw new Error("getPrototypeOf");
      },
    }),
  "throwing toString": () => ({
    run() {},
    toString: () => {
      throw new Error("toString");
    },
  }),
  "no prototype": () => Object.assign(Object.create(null), { run() {} }),
  symbol: () => Symbol("s"),
  "throwing getters": () => {
    const error = new ValueError("readable");
    for (const key of ["cause", "errors", "stack", "field"]) {
      Object.defineProperty(error, key, {
        enumerable: true,
        get: () => {
          throw new Error(key);
        },
      });
    }
    return error;
  },
  // A number that is read, and then no longer.
  "a field that can be read once": () => {
    let reads = 0;
    const field = {
      get value(): number {
        if (reads++ > 0) throw new Error("read again");
        return 1;
      },
    };
    return Object.assign(new ValueError("readable"), { field, cause: { field } });
  },
  "errors with holes": () => Object.assign(new ValueError("readable"), { errors: new Array(2 ** 32 - 1) }),
  "errors without an end": () => {
    const errors = Object.assign([], {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    });
    return Object.assign(new ValueError("readable"), { errors });
  },
  "errors of a false length": () => {
    const errors = new Proxy([], { get: (list, key) => (key === "length" ? 2 ** 50 : Reflect.get(list, key)) });
    return Object.assign(new ValueError("readable"), { errors });
  },
  "shared memory in a field": () => Object.assign(new ValueError("readable"), { memory: new SharedArrayBuffer(8) }),
};
export const oddErrors = Object.keys(odd);

/** An object whose getter throws one of these, when it is copied. */
export function unreadable(kind: string): { readonly value: unknown } {
  return {
    get value() {
      throw odd[kind]?.();
    },
  };
}

export const returnUnreadable = blocking(import.meta, function returnUnreadable(kind: string): unknown {
  return unreadable(kind);
});

/** A proxy that lets itself be read, but not be asked for its class. */
export const returnProxy = blocking(import.meta, function returnProxy(): unknown {
  return new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new RangeError("getPrototypeOf");
      },
    },
  );
});

/** The classes of deserialized values are what their fields say. */
export const sendOddClass = blocking(import.meta, async function sendOddClass(): Promise<string> {
  const message = { constructor: { name: { toString: 5, valueOf: 5 } } };
  parentPort?.postMessage(message);
  process.send?.(message);
  await delay(100);
  return "done";
});

export const throwOdd = blocking(import.meta, function throwOdd(kind: string): never {
  throw odd[kind]?.();
});

/** Groups that are in themselves and in each other: each of `size` groups has all of them. */
export const throwCircles = blocking(import.meta, function throwCircles(size: number): never {
  const groups = Array.from({ length: size }, (_, i) => new AggregateError([], `group ${i}`));
  for (const group of groups) {
    group.errors = groups;
    group.cause = groups[0];
    Object.assign(group, { first: groups[0] });
  }
  throw groups[0];
});

export const throwChain = blocking(import.meta, function throwChain(length: number): never {
  let error = new Error("0");
  for (let i = 1; i < length; i++) error = new Error(String(i), { cause: error });
  throw error;
});
