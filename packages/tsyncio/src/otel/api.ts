/** The library under this: `@opentelemetry/api`. What is exported, and how, is the program's own choice. */

import { createRequire } from "node:module";
import type * as Api from "@opentelemetry/api";
import { RuntimeError } from "../base/errors.ts";

const NAME = "@opentelemetry/api";
/** Of the tracer and the meter: which library has made a span, or a figure. */
const SCOPE = "tsyncio";

const require = createRequire(import.meta.url);
let loaded: typeof Api | null = null;

/**
 * Throws `RuntimeError` if it is not installed. Copies of it share their providers, so it matters little which one this
 * is.
 */
export function api(): typeof Api {
  loaded ??= load();
  return loaded;
}

function load(): typeof Api {
  try {
    return require(NAME) as typeof Api;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${NAME}'`)) throw error;
    throw new RuntimeError(`tsyncio/otel needs the package ${NAME}, which is not installed: npm install ${NAME}`);
  }
}

/** Asked for each time: a provider may be registered later, and another one in a test. */
export function tracer(): Api.Tracer {
  return api().trace.getTracer(SCOPE);
}

export function meter(): Api.Meter {
  return api().metrics.getMeter(SCOPE);
}
