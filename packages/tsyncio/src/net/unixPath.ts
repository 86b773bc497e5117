/** The path of a unix socket. */

import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";
import { OSError } from "./osErrors.ts";

/**
 * Node takes an empty path for none, and means TCP then; Node 20 cuts a path that the system has no room for, and
 * listens on another one.
 *
 * @throws TypeError for what is no string.
 * @throws OSError for a path that is too long.
 * @throws ValueError for an empty one, and for one with a null byte in it, where it would be cut.
 */
export function checkUnixPath(path: unknown): asserts path is string {
  if (typeof path !== "string") throw new TypeError(`the path of a unix socket is a string, got ${describe(path)}`);
  if (path === "") throw new ValueError("path was not specified: it is empty");
  if (process.platform === "win32") return; // a named pipe
  const abstract = path.startsWith("\0");
  if (path.includes("\0", 1))
    throw new ValueError(`the path of a unix socket has a null byte in it: ${JSON.stringify(path)}`);
  const most = (process.platform === "linux" ? 107 : 103) + (abstract ? 1 : 0);
  const length = Buffer.byteLength(path);
  if (length <= most) return;
  throw new OSError(`AF_UNIX path too long: ${length} bytes, the system takes ${most}: ${JSON.stringify(path)}`, {
    code: "ENAMETOOLONG",
    path,
  });
}
