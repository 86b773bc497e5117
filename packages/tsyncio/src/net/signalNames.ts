/** Signals by name and by number. */

import { constants } from "node:os";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";

/** `"SIGTERM"` or 15. */
export type Signal = NodeJS.Signals | number;

const NUMBERS = new Map(Object.entries(constants.signals));
/** Linux has 64; a number without a name is a real-time signal. */
const HIGHEST = 64;

/** Throws `ValueError` for a name or number that no signal has, `TypeError` for anything else. */
export function signalNumber(signal: Signal): number {
  if (typeof signal === "string") {
    const number = NUMBERS.get(signal);
    if (number === undefined) throw new ValueError(`invalid signal name ${describe(signal)}`);
    return number;
  }
  if (typeof signal !== "number") {
    throw new TypeError(`a signal is a name such as "SIGTERM" or a number, got ${describe(signal)}`);
  }
  if (!Number.isInteger(signal) || signal < 1 || signal > HIGHEST) {
    throw new ValueError(`invalid signal number ${signal}`);
  }
  return signal;
}

/** The same, and throws `ValueError` for a real-time signal, which has no name. */
export function signalName(signal: Signal): NodeJS.Signals {
  const number = signalNumber(signal);
  if (typeof signal === "string") return signal;
  for (const [name, value] of NUMBERS) if (value === number) return name as NodeJS.Signals;
  throw new ValueError(`invalid signal number ${signal}`);
}
