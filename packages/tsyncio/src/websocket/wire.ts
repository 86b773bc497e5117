/** What stands under a connection: a socket of ws, one of the platform, or the other end of a pair. */

/** What is sent and received: text, or bytes. */
export type Message = string | Uint8Array;

/** Called once the network has taken what was sent before. */
export type Flushed = (() => void) | null;

export interface Wire {
  /** False from the first close frame on, and after the end. */
  isOpen(): boolean;
  /** In bytes: what was sent, and has not been taken by the network. */
  readonly bufferedAmount: number;
  /** That of the handshake; "" for none. */
  readonly subprotocol: string;
  send(message: Message, flushed: Flushed): void;
  /** The same for a message that goes to many. */
  sendShared(shared: SharedMessage, flushed: Flushed): void;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Ends the connection without one. */
  terminate(): void;
  /** Missing where receiving cannot be paused. */
  pause?(): void;
  resume?(): void;
  /** What is sent in place of a code that the platform does not let a program send. */
  codeFor?(code: number): number;
  /** Missing where there is no ping. */
  ping?(payload: Uint8Array, flushed: Flushed): void;
}

/** What a wire calls, outside of the loop's turn. */
export interface WireListener {
  received(message: Message): void;
  ponged(payload: Uint8Array): void;
  /**
   * The peer has broken the protocol, or the wire has failed: `code` is what the wire has closed with, null if it has
   * not.
   */
  failed(error: unknown, code: number | null): void;
  /** Called once: nothing more will come. 1006 is the code of an end without a close frame. */
  ended(code: number, reason: string): void;
}

/** A message for many connections. What a wire has made of it is kept for the next one. */
export class SharedMessage {
  readonly message: Message;
  frame: Uint8Array | null = null;

  constructor(message: Message) {
    this.message = message;
  }
}
