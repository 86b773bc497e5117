/** What makes the protocol of a connection, and what it has made. */

import { describe } from "../base/describe.ts";
import { kindOfBody } from "../kernel/callables.ts";
import type { BaseProtocol } from "./protocols.ts";

/** What transports call. */
const METHODS = [
  "connectionMade",
  "connectionLost",
  "pauseWriting",
  "resumeWriting",
  "dataReceived",
  "eofReceived",
  "getBuffer",
  "bufferUpdated",
  "datagramReceived",
  "errorReceived",
  "pipeDataReceived",
  "pipeConnectionLost",
  "processExited",
] as const;

/** Throws `TypeError`, before anything is opened, for a factory that cannot make a protocol when it is called. */
export function checkFactory(factory: unknown, caller: string): void {
  const kind = kindOfBody(factory);
  const name = classNameOf(factory);
  if (typeof factory === "function" && kind === null && name === null) return;
  const got = name === null ? (kind ?? describe(factory)) : `the class ${name}`;
  const advice = `write () => new ${name ?? "MyProtocol"}()`;
  throw new TypeError(`${caller} expects a function that makes a protocol, got ${got}: ${advice}`);
}

/** Calls the factory. Throws `TypeError` for what is no protocol, or one with methods that would do nothing. */
export function makeProtocol<P extends BaseProtocol>(factory: () => P): P {
  const protocol = factory();
  const methods = protocol as Partial<Record<(typeof METHODS)[number], unknown>> | null | undefined;
  if (typeof methods?.connectionMade !== "function") {
    throw new TypeError(`protocolFactory must return a protocol, got ${describe(protocol)}`);
  }
  for (const name of METHODS) {
    const kind = kindOfBody(methods[name]);
    if (kind === null) continue;
    throw new TypeError(
      `${name}() of a protocol must be a plain method, got ${kind}: let it call createTask() for what has to wait`,
    );
  }
  return protocol;
}

/** Null for what is no class: calling one without `new` is an error. */
function classNameOf(fn: unknown): string | null {
  if (typeof fn !== "function" || !/^class\b/.test(Function.prototype.toString.call(fn))) return null;
  return fn.name;
}
