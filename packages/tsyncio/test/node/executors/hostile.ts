/** Jobs that do harm, to themselves or to their pool. */

import { closeSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { serialize } from "node:v8";
import { parentPort } from "node:worker_threads";
import { ValueError } from "tsyncio";
import { blocking, mainLoop } from "tsyncio/executors";

/** Sends what no worker of tsyncio's sends, by the port that every code in a thread has. */
export const sendMalformed = blocking(import.meta, async function sendMalformed(): Promise<string> {
  const call = ["call", 1, 1, "later", "file:///a.js", "f", []];
  for (const message of [null, 5, "ready", {}, { ready: true }, [], ["value"], ["ready", [7]], call]) {
    parentPort?.postMessage(message);
  }
  await delay(100);
  return "done";
});

/** The descriptor by which a process speaks to its pool. */
const CHANNEL = 3;

const raw: Record<string, () => Uint8Array> = {
  "a line of JSON": () => Buffer.from('{"cmd":"NODE_HANDLE"}\n'),
  zeros: () => Buffer.alloc(1000),
  "one byte": () => Buffer.from("x"),
  "a serialized value": () => serialize(["value", 1, "forged"]),
  "a message of its own making": () => message(serialize(["done"])),
  "a message that cannot be read": () => message(Buffer.from([255, 15, 1])),
  "a message of no length": () => message(Buffer.alloc(0)),
  "a message that is longer than any memory": () => Buffer.concat([Buffer.from("tsyn"), Buffer.alloc(6, 255)]),
};
export const rawBytes = Object.keys(raw);

/** In the form of the pool's own messages. */
function message(bytes: Uint8Array): Uint8Array {
  const header = Buffer.from("tsyn\0\0\0\0\0\0");
  header.writeUIntBE(bytes.length, 4, 6);
  return Buffer.concat([header, bytes]);
}

/** Writes to the channel what is no message, past all that tsyncio and Node do. */
export const writeRaw = blocking(import.meta, function writeRaw(kind: string): string {
  writeSync(CHANNEL, raw[kind]?.() as Uint8Array);
  return "done";
});

export const closeChannel = blocking(import.meta, async function closeChannel(): Promise<string> {
  closeSync(CHANNEL);
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
  parentPort?.postMessage({ constructor: { name: { toString: 5, valueOf: 5 } } });
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
