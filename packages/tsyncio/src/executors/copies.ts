/** Values on their way to another thread or process. */

import * as v8 from "node:v8";
import { textOf } from "./remoteError.ts";

/** What a thread gets when it is sent the value. Throws if it cannot be sent. */
export function copyForThread(value: unknown): unknown {
  return structuredClone(value);
}

/** What a process gets when it is sent the value. Throws if it cannot be sent. */
export function copyForProcess(value: unknown): unknown {
  return fromBytes(toBytes(value));
}

/** The value as bytes, by the rules of structuredClone. Throws if it cannot be sent. */
export function toBytes(value: unknown): Uint8Array {
  if (isBun) return v8.serialize(value);
  // Not v8.serialize(): it writes typed arrays in a way of Node's own, and what is read is a view of a greater buffer.
  const serializer = new v8.Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** The bytes must be all of their buffer: Deno reads an array from the wrong place if they are not. */
export function fromBytes(bytes: Uint8Array): unknown {
  if (isBun) return v8.deserialize(bytes);
  const deserializer = new v8.Deserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}

/** Bun has no `Serializer`, and its `serialize` follows structuredClone by itself. */
const isBun = process.versions.bun !== undefined;

/**
 * The error instead of a value that cannot be sent. The cause is what a getter of the value has thrown, or the
 * platform.
 */
export function cannotSend(what: string, cause: unknown): TypeError {
  const reason = textOf(cause);
  return new TypeError(
    `${what} cannot be sent to another thread: ${reason} Values are copied as structuredClone does: functions, ` +
      "generators, and objects of the host do not go.",
    { cause },
  );
}
