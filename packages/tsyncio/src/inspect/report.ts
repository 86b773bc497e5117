/** What was seen of a whole process: what `tsyncio dump` writes, and all commands show. */

import {
  type Check,
  hasFields,
  isFlag,
  isList,
  isNumber,
  isOneOf,
  isText,
  isTrue,
  isWhole,
  orMissing,
  orNull,
} from "./checked.ts";
import { FORMAT, type ThreadData } from "./snapshot.ts";

export interface ThreadReport extends ThreadData {
  /** `main`, or the name of a worker. */
  readonly name: string;
}

export interface Report {
  readonly format: typeof FORMAT;
  readonly pid: number;
  /** For example `Node.js v26.10.0`. */
  readonly runtime: string;
  /** In ISO 8601. */
  readonly at: string;
  /** The working directory: files below it are shown without it. */
  readonly folder: string | null;
  /** How long the look has stopped the program at most, in milliseconds. */
  readonly longestPause: number;
  readonly threads: readonly ThreadReport[];
  /** What could not be seen, in words. */
  readonly notes: readonly string[];
}

/** Far more than Linux has, and few enough for the numbers in a trace. */
const MOST_PROCESSES = 2 ** 24;
/** Of milliseconds and seconds: a year. */
const LONGEST = 366 * 24 * 3600 * 1000;

export const isTime: Check = isNumber(0, LONGEST);
const isPlace = hasFields({ name: isText, file: isText, line: isWhole(), column: isWhole() });
const isTask = hasFields({
  id: isWhole(),
  loop: isWhole(),
  name: isText,
  state: isOneOf("new", "running", "ready", "waiting"),
  stack: isWhole(-1),
  waitsFor: orNull(isText),
  on: isList(isWhole()),
  via: isOneOf("task", "part", "hold"),
  awaitedBy: isList(isWhole()),
  cancelling: isWhole(),
  cancelledBy: orMissing(isText),
  cancelMessage: orMissing(isText),
  waited: orMissing(isNumber(-LONGEST, LONGEST)),
  longer: orMissing(isTrue),
  shared: orMissing(isWhole()),
});
const isQueue = hasFields({ name: isText, size: isWhole(), getters: isWhole(), putters: isWhole() });
const isLock = hasFields({ name: isText, holders: isList(isWhole()), waiters: isWhole(), held: orMissing(isTime) });
const isLoop = hasFields({ id: isWhole(), name: isText, running: isFlag, ready: isWhole(), timers: isWhole() });
export const isThread: Check = hasFields({
  name: isText,
  loops: isList(isLoop),
  tasks: isList(isTask),
  stacks: isList(isList(isPlace)),
  shared: orMissing(
    isList((one) => ((one as { kind?: unknown } | null)?.kind === "queue" ? isQueue(one) : isLock(one))),
  ),
  unasked: orMissing(isList(hasFields({ task: orNull(isText), error: isText }))),
  running: isList(isPlace),
});
const isReport = hasFields({
  pid: isWhole(1, MOST_PROCESSES),
  runtime: isText,
  at: isText,
  folder: orNull(isText),
  longestPause: isTime,
  threads: isList(isThread),
  notes: isList(isText),
});

/**
 * What a process has answered, which may be as wrong as a file.
 *
 * @throws {Error} Something in it is not what it should be.
 */
export function checkThread(thread: ThreadReport): ThreadReport {
  const wrong = isThread(thread);
  if (wrong !== null) throw new Error(`thread${wrong}`);
  return thread;
}

/** @throws {Error} The text is no report, or one of a version that is not known here. */
export function parseReport(text: string): Report {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error("it is no JSON, or was cut off");
  }
  return checkReport(data, "it was not written by `tsyncio dump`");
}

/** @throws {Error} It is no report, or one of a version that is not known here. */
export function checkReport(data: unknown, otherwise: string): Report {
  const { format, threads } = (data ?? {}) as Partial<Report>;
  if (typeof format !== "number" || !Array.isArray(threads)) throw new Error(otherwise);
  if (format !== FORMAT) {
    const needed =
      (format as number) > FORMAT ? "the one that has written it, or a newer one" : "the one that has written it";
    throw new Error(`it has format ${format}, and this version of tsyncio reads format ${FORMAT}: use ${needed}`);
  }
  const wrong = isReport(data);
  if (wrong !== null) throw new Error(`${otherwise}: report${wrong}`);
  return data as Report;
}
