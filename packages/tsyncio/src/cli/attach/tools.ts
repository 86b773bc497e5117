/**
 * What the code that is sent into a thread works with: modules of Node's, whatever the program has made of the globals.
 * It may have a clock of its own, as tests have, a `toJSON()` on each prototype, or another `process`.
 */

import type { RemoteValue, Session } from "./inspector.ts";

export interface Tools {
  readonly process: NodeJS.Process;
  readonly net: typeof import("node:net");
  readonly inspector: typeof import("node:inspector");
  /** In milliseconds, of the real clock. */
  now(): number;
  /** A structured clone as bytes: nothing of the program is called for it. `v8.deserialize` is its opposite. */
  pack(value: unknown): Buffer;
  /** The same behind its length, as `onMessages` reads it. */
  frame(value: unknown): Buffer;
  /** Calls back at a later turn of the loop. It does not keep the process alive. */
  later(milliseconds: number, callback: () => void): void;
}

/** Runs in a thread of the process, and so names nothing that stands outside of it. */
export function toolsBy(load: unknown): Tools | null {
  if (typeof load !== "function") return null;
  const { performance } = load("node:perf_hooks");
  // Not that of the object itself, in which a program may have put its own.
  const { now } = Object.getPrototypeOf(performance);
  const { serialize: pack } = load("node:v8");
  const { Buffer } = load("node:buffer");
  const net = load("node:net") as Tools["net"];
  return {
    process: load("node:process"),
    net,
    inspector: load("node:inspector"),
    now: () => Reflect.apply(now, performance, []),
    pack,
    frame(value) {
      const packed = pack(value);
      const framed = Buffer.alloc(4 + packed.length);
      framed.writeUInt32LE(packed.length);
      framed.set(packed, 4);
      return framed;
    },
    later(milliseconds, callback) {
      // A socket's timer is one of Node's own, which a program cannot replace as it can those that it has.
      const socket = new net.Socket().setTimeout(milliseconds, () => {
        socket.destroy();
        callback();
      });
    },
  };
}

const known = new WeakMap<Session, Promise<string>>();

/** Calls a function in the thread with its tools as `this`. */
export async function callWithTools(
  session: Session,
  declaration: string,
  args: readonly unknown[] = [],
  returnByValue = true,
): Promise<RemoteValue> {
  const tools = known.get(session) ?? findTools(session);
  known.set(session, tools);
  return session.callOn(await tools, declaration, args, returnByValue);
}

/** The name and version of what runs the process. */
export async function runtimeOf(session: Session): Promise<string> {
  const { value } = await callWithTools(session, `function () { return "Node.js " + this.process.version; }`);
  return String(value);
}

async function findTools(session: Session): Promise<string> {
  const find = (load: string, options: object): Promise<RemoteValue> =>
    session.evaluate(`(${toolsBy})(${load})`, { returnByValue: false, ...options });
  // Missing before Node 20.16 and 22.3, and in a program that has another `process`.
  const found = await find("globalThis.process?.getBuiltinModule", {}).catch(() => null);
  // What the inspector has for people. Not first: it does not work where the program has frozen globalThis.
  const { objectId } = found?.objectId ? found : await find("require", { includeCommandLineAPI: true });
  return objectId as string;
}
