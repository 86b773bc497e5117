/** Connecting to the first of several addresses that answers: happy eyeballs, RFC 8305. */

import { connect, type NetConnectOpts, type Socket } from "node:net";
import { ExceptionGroup } from "../base/exceptionGroup.ts";
import type { Future } from "../kernel/future.ts";
import type { TimerHandle } from "../kernel/handle.ts";
import type { EventLoop } from "../kernel/loop.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";
import { callLater } from "../tasks/sleep.ts";
import type { AddrInfo } from "./dns.ts";
import { networkOf } from "./network.ts";
import { OSError } from "./osErrors.ts";
import { ignoreError } from "./socketEvents.ts";
import { codeOf, fromSystemError } from "./systemErrors.ts";

/** Node copies what it is given into objects that have a prototype: only own properties keep polluted ones out. */
const NO_OPTIONS = {
  path: undefined,
  host: undefined,
  port: undefined,
  localAddress: undefined,
  localPort: undefined,
  lookup: undefined,
  fd: undefined,
  handle: undefined,
  onread: undefined,
  signal: undefined,
  timeout: undefined,
};

export interface RaceOptions {
  /** Seconds until the next address is tried beside those before; null: only when they have failed. */
  delay: number | null;
  /** All errors in an `ExceptionGroup`, instead of one error. */
  allErrors: boolean;
}

/**
 * The first socket that is connected, paused. The others are destroyed, and so are all if this is cancelled. Throws
 * the error of the system if none connects.
 */
export function* connectRace(
  loop: EventLoop,
  targets: readonly NetConnectOpts[],
  options: RaceOptions,
): Coroutine<Socket> {
  const race = new Race(loop, targets, options);
  let given = false;
  try {
    race.next();
    const socket = yield* race.winner;
    given = true;
    return socket;
  } finally {
    race.end(given);
  }
}

class Race implements WaitOwner {
  readonly winner: Future<Socket>;
  private readonly loop: EventLoop;
  private readonly targets: readonly NetConnectOpts[];
  private readonly options: RaceOptions;
  private readonly running = new Set<Socket>();
  private readonly errors: Error[] = [];
  private begun = 0;
  private timer: TimerHandle | null = null;

  constructor(loop: EventLoop, targets: readonly NetConnectOpts[], options: RaceOptions) {
    this.loop = loop;
    this.targets = targets;
    this.options = options;
    this.winner = createWaiter<Socket>(loop, this);
  }

  readonly next = (): void => {
    this.timer?.cancel();
    this.timer = null;
    const target = this.targets[this.begun];
    if (target === undefined || this.winner.done()) return;
    this.begun++;
    try {
      this.start(target);
    } catch (error) {
      this.failed(error); // an option that Node does not accept
      return;
    }
    const { delay } = this.options;
    if (delay !== null && this.begun < this.targets.length) this.timer = callLater(this.loop, delay, this.next);
  };

  end(given: boolean): void {
    this.timer?.cancel();
    const won = given ? this.winner.result() : null;
    for (const socket of this.running) {
      socket.removeAllListeners("connect");
      socket.removeAllListeners("error");
      socket.on("error", ignoreError);
      if (socket !== won) socket.destroy();
    }
    this.running.clear();
  }

  describeWait(): string {
    const [first] = this.targets;
    const { host, port, path } = (first ?? {}) as { host?: string; port?: number; path?: string };
    return `a connection to ${path ?? `${host}:${port}`}`;
  }

  private start(target: NetConnectOpts): void {
    const options = { ...target, allowHalfOpen: true };
    const socket = networkOf(this.loop)?.connect(options) ?? connect({ ...NO_OPTIONS, ...options } as NetConnectOpts);
    // Nothing is read before there is a listener.
    socket.pause();
    this.running.add(socket);
    socket.once("connect", () => {
      if (!this.winner.done()) this.winner.setResult(socket);
    });
    socket.once("error", (error) => {
      this.running.delete(socket);
      socket.on("error", ignoreError);
      this.failed(error);
    });
  }

  private failed(error: unknown): void {
    this.errors.push(fromSystemError(error));
    if (this.winner.done()) return;
    if (this.begun < this.targets.length) this.next();
    else if (this.running.size === 0) this.winner.setException(this.verdict());
  }

  private verdict(): Error {
    const { errors } = this;
    if (this.options.allErrors) return new ExceptionGroup("createConnection failed", errors);
    const [first] = errors as [Error];
    const kind = (error: Error): string => codeOf(error) ?? error.message;
    if (errors.every((error) => kind(error) === kind(first))) return first;
    const text = `Multiple exceptions: ${errors.map((error) => error.message).join(", ")}`;
    return new OSError(text, { code: codeOf(first), cause: new AggregateError(errors, text) });
  }
}

/** The families by turns, beginning with that of the first address, `count` of which come first. */
export function interleave(infos: readonly AddrInfo[], count: number): AddrInfo[] {
  const [first] = infos;
  if (first === undefined || count < 1) return [...infos];
  const same = infos.filter((info) => info.family === first.family);
  const others = infos.filter((info) => info.family !== first.family);
  const mixed = same.splice(0, count - 1);
  while (same.length > 0 || others.length > 0) {
    mixed.push(...same.splice(0, 1), ...others.splice(0, 1));
  }
  return mixed;
}
