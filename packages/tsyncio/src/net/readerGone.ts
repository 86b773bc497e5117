/** Learning that a child has closed its stdin, and goes on running. */

import type { Writable } from "node:stream";

/** What Node has under a socket. */
interface StreamHandle {
  onread?: (data?: ArrayBuffer) => void;
  readStart?(): number;
  readStop?(): number;
}

/**
 * Node does not read at its end of a child's stdin, and so learns only from a write, or from the child's exit, that
 * nobody reads there any more. Its handle is asked directly. On a runtime that has no such handle `gone` is never called.
 */
export function onReaderGone(stdin: Writable, gone: () => void): void {
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
