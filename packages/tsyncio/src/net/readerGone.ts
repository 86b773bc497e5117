/** Learning that a child has closed its stdin, and goes on running. */

import type { Writable } from "node:stream";

/** What Node has under a socket. */
interface StreamHandle {
  onread?: (data?: ArrayBuffer) => void;
  readStart?(): number;
  readStop?(): number;
}

/**
 * A child's stdin is a socket for Node itself, whose other end can be seen to close. For Deno it is a pipe with one
 * end: its handle has the same methods, and tells an end at once.
 */
function isSocket(): boolean {
  const { versions } = globalThis.process;
  return versions.deno === undefined && versions.bun === undefined;
}

/**
 * Node does not read at its end of a child's stdin, and so learns only from a write, or from the child's exit, that the
 * child has closed it. Its handle is asked directly. On other runtimes `gone` is never called.
 */
export function onReaderGone(stdin: Writable, gone: () => void): void {
  if (!isSocket()) return;
  const handle = (stdin as { _handle?: StreamHandle | null })._handle;
  if (typeof handle?.readStart !== "function" || !("onread" in handle)) return;
  handle.onread = (data) => {
    // What the child writes there is dropped.
    if (data !== undefined) return;
    handle.readStop?.();
    gone();
  };
  handle.readStart();
}
