/** What the tests of real sockets share. */

import { type Awaitable, type Coroutine, type ExceptionContext, newEventLoop, run, sleep } from "tsyncio";
import { Protocol, type Transport } from "tsyncio/net";
import { expect } from "vitest";

export { bytes, echo, portOf, text } from "../../io/support.ts";

const SOCKETS = /^(?:TCP|TLS|UDP|Pipe)\w*Wrap$|^(?:Timeout|GetAddrInfoReqWrap)$/;

function openResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => SOCKETS.test(name));
}

/**
 * `run(main())` on real time. What the loop reports goes into `reports`; without that array there must be no report at
 * all. Afterwards there must be no socket, server or timer that was not there before.
 */
export async function real<T>(main: () => Awaitable<T>, reports?: ExceptionContext[]): Promise<T> {
  const unexpected: ExceptionContext[] = [];
  const before = openResources();
  const result = await run(main(), {
    loopFactory: () => {
      const loop = newEventLoop();
      loop.setExceptionHandler((_loop, context) => (reports ?? unexpected).push(context));
      return loop;
    },
  });
  const [first] = unexpected;
  if (first !== undefined) {
    const what =
      (first.future as unknown as { _owner?: { describeWait?(): string } } | undefined)?._owner?.describeWait?.() ?? "";
    throw new Error(`the loop has reported: ${first.message} ${what}`, { cause: first.exception });
  }
  await expect.poll(() => left(before), { timeout: 30_000, interval: 5 }).toEqual([]);
  return result;
}

/**
 * What is there now and was not before. One timer may be the runner's, which asks its main process; a second is the
 * program's.
 */
function left(before: readonly string[]): string[] {
  const found = more(openResources(), before);
  return found.length === 1 && found[0] === "Timeout" ? [] : found;
}

/** Those of `after` that `before` does not have. */
function more(after: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return after.filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** Waits, in real time, until the condition holds; half a minute at most, since the machine may be busy. */
export function* until(condition: () => boolean): Coroutine<void> {
  for (let i = 0; i < 30_000 && !condition(); i++) yield* sleep(0.001);
  expect(condition()).toBe(true);
}

/** Notes all that the transport calls. */
export class Notes extends Protocol {
  readonly log: string[] = [];
  received = 0;
  transport!: Transport;
  lost: Error | null | undefined;
  keepOpen = false;
  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.log.push("made");
  }
  override dataReceived(data: Uint8Array): void {
    this.received += data.length;
    if (this.log.at(-1) !== "data") this.log.push("data");
  }
  override eofReceived(): boolean {
    this.log.push("eof");
    return this.keepOpen;
  }
  override connectionLost(error: Error | null): void {
    this.lost = error;
    this.log.push("lost");
  }
  override pauseWriting(): void {
    this.log.push("pause");
  }
  override resumeWriting(): void {
    this.log.push("resume");
  }
}
