/** A job on the wire. */

import { ValueError } from "tsyncio";

/** What a worker is asked to run. */
export interface Call {
  /** "package/path#function" */
  readonly fn: string;
  /** The arguments, as `toText` writes them; with `many` a list of lists. */
  readonly args: string;
  readonly many: boolean;
  /** The build that the caller is of, null where it does not say. */
  readonly build: string | null;
  /** How many times it may run again after a failure. */
  readonly retries: number;
  /** How long it may run, in seconds; null as long as it takes. */
  readonly timeout: number | null;
  /** How long its outcome is kept, in seconds. */
  readonly retention: number;
}

/** @throws {ValueError} It was not made by an executor. */
export function checkCall(data: unknown): Call {
  const { fn, args, many, build, retries, timeout, retention } = (
    typeof data === "object" ? (data ?? {}) : {}
  ) as Partial<Call>;
  const isCall =
    typeof fn === "string" &&
    typeof args === "string" &&
    typeof many === "boolean" &&
    (build === null || typeof build === "string") &&
    Number.isInteger(retries) &&
    (retries as number) >= 0 &&
    (timeout === null || (typeof timeout === "number" && timeout > 0)) &&
    typeof retention === "number" &&
    retention >= 0;
  if (!isCall) throw new ValueError("the job was not made by a ClusterExecutor: its data is no call");
  return { fn, args, many, build, retries: retries as number, timeout, retention };
}
