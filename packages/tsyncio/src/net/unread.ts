/** What a protocol has received, and its program has not read: the next owner of the stream gets it. */

/**
 * A symbol, since it stands beside the methods of a program's own protocols; the same for all copies of the package.
 */
export const UNREAD = Symbol.for("tsyncio.unread");

const NOTHING = new Uint8Array(0);

export interface KeepsUnread {
  /** @internal Takes it out of the protocol. */
  [UNREAD](): Uint8Array;
}

/** Nothing, if the protocol keeps nothing. */
export function takeUnread(protocol: object | null): Uint8Array {
  return protocol !== null && UNREAD in protocol ? (protocol as KeepsUnread)[UNREAD]() : NOTHING;
}
