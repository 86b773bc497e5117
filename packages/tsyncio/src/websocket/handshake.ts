/** The opening handshake of a client, whichever socket makes it. */

import { describe } from "../base/describe.ts";
import { TimeoutError } from "../base/errors.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter } from "../kernel/waiter.ts";
import { callLater } from "../tasks/sleep.ts";
import { Channel } from "./channel.ts";
import { InvalidURI } from "./errors.ts";
import type { ConnectionSettings } from "./options.ts";
import type { Wire, WireListener } from "./wire.ts";

/** Where to connect to, and how. */
export interface Target {
  readonly url: string;
  /** The same for people: without what may be secret, user, password and query. */
  readonly place: string;
  readonly settings: ConnectionSettings;
}

/** How the handshake ends. The first call counts. */
export interface Outcome {
  /** Called in the event that tells it, so that no message is missed. */
  opened(makeWire: (listener: WireListener) => Wire): void;
  failed(error: unknown): void;
}

export function targetOf(url: unknown, settings: ConnectionSettings): Target {
  const parsed = parse(url);
  if (parsed.protocol !== "ws:" && parsed.protocol !== "wss:") {
    throw new InvalidURI(`the URL of a WebSocket must begin with ws: or wss:, got ${parsed.protocol}`);
  }
  if (parsed.hash !== "") throw new InvalidURI("the URL of a WebSocket must have no #fragment");
  return { url: parsed.href, place: `${parsed.protocol}//${parsed.host}${parsed.pathname}`, settings };
}

function parse(url: unknown): URL {
  if (url instanceof URL) return url;
  if (typeof url !== "string") throw new TypeError(`connect expects a URL, got ${describe(url)}`);
  try {
    return new URL(url);
  } catch {
    throw new InvalidURI("the URL of a WebSocket must be absolute: ws://host/path"); // it may hold a password
  }
}

/**
 * Calls `begin`, which returns what gives up the handshake, and waits. However it is left, but for a result, it is
 * given up.
 */
export function* handshake(
  loop: EventLoop,
  { place, settings }: Target,
  begin: (outcome: Outcome) => () => void,
): Coroutine<Channel> {
  const outcome = createWaiter<Channel>(loop, { describeWait: () => `the opening handshake with ${place}` });
  const failed = (error: unknown): void => {
    if (!outcome.done()) outcome.setException(error);
  };
  const giveUp = begin({
    opened(makeWire) {
      if (outcome.done()) return giveUp();
      outcome.setResult(new Channel(loop, settings, makeWire));
    },
    failed,
  });
  const { openTimeout } = settings;
  const timer = callLater(loop, openTimeout, () =>
    failed(new TimeoutError(`the opening handshake with ${place} has taken more than ${openTimeout} seconds`)),
  );
  let made: Channel | null = null;
  try {
    made = yield* outcome;
    made.opened();
    return made;
  } finally {
    timer.cancel();
    if (made === null) giveUp();
  }
}
