/** What a module makes while it loads is marked, so that bundlers can drop it where nothing uses it. */

import type { Here, Module } from "../module.ts";

/**
 * What stands around an expression. `isCall`: it is one call, whose arguments have no effect that a bundler could fear.
 */
export interface Around {
  readonly open: string;
  readonly close: string;
  readonly isCall: boolean;
}

export function pure<A extends Around>(around: A, { code }: Here, { style }: Module): A {
  if (code !== "module" || style === "readable") return around;
  const { open, close, isCall } = around;
  return isCall
    ? { ...around, open: `/* @__PURE__ */${open}` }
    : { ...around, open: `/* @__PURE__ */(() => ${open}`, close: `${close})()` };
}
