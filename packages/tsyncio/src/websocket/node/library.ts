/** The library ws, an optional peer. */

import { RuntimeError } from "../../base/errors.ts";
import { fromPromise } from "../../interop/fromPromise.ts";
import type { Coroutine } from "../../kernel/protocol.ts";

type Library = typeof import("ws");

let loaded: Library | null = null;

/** Throws `RuntimeError` if it is not installed. */
export function* loadWs(caller: string): Coroutine<Library> {
  if (loaded !== null) return loaded;
  try {
    loaded = yield* fromPromise(import("ws"));
    return loaded;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new RuntimeError(`${caller} needs the package ws: npm install ws`, { cause: error });
  }
}
