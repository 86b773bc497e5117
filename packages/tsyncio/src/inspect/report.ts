/** What was seen of a whole process: what `tsyncio dump` writes, and all commands show. */

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

/** @throws {Error} The text is no report, or one of a version that is not known here. */
export function parseReport(text: string): Report {
  let report: Partial<Report> | null;
  try {
    report = JSON.parse(text) as Partial<Report> | null;
  } catch {
    throw new Error("it is no JSON");
  }
  if (typeof report?.format !== "number" || !Array.isArray(report.threads)) {
    throw new Error("it was not written by `tsyncio dump`");
  }
  if (report.format !== FORMAT) {
    throw new Error(`it has format ${report.format}, and this version of tsyncio reads format ${FORMAT}`);
  }
  return report as Report;
}
