/** What the tests of sockets, processes and workers share, which run on Node, Bun and Deno. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Awaitable, type Coroutine, run } from "tsyncio";
import type { Address, ListeningSocket, StreamReader, StreamWriter } from "tsyncio/net";
import { expect } from "vitest";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);

export function portOf(server: { readonly sockets: readonly ListeningSocket[] }): number {
  const address = server.sockets[0]?.getsockname() as Exclude<Address, string>;
  return address[1];
}

/** Sends back what comes, to the end. */
export function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) break;
    yield* writer.write(data);
  }
  yield* writer.aexit();
}

/** `run(main())`; a test that hangs says so before the runtime is ended. */
export async function real<T>(main: () => Awaitable<T>): Promise<T> {
  const seconds = 50; // less than a test may take
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not ended after ${seconds} seconds`)), seconds * 1000);
  });
  try {
    return await Promise.race([run(main()), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a child waits for until the test opens it. */
export class Gate implements Disposable {
  private readonly folder = mkdtempSync(join(tmpdir(), "tsyncio-gate-"));
  private readonly file = join(this.folder, "open");
  /** The wait, for a shell. */
  readonly wait = `until [ -e '${this.file}' ]; do sleep 0.01; done`;

  open(): void {
    writeFileSync(this.file, "");
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** That many bytes, all different enough. */
export const pattern = (length: number): Uint8Array => new Uint8Array(length).map((_, i) => (i * 31) >> 3);

export function same(one: Uint8Array, other: Uint8Array): void {
  expect(one.length).toBe(other.length);
  expect(one.findIndex((byte, i) => byte !== other[i])).toBe(-1);
}
