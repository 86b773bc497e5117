/** node --conditions=@tsyncio/source stdio.ts CASE: reads stdin and writes stdout as streams. See ../stdio.test.ts. */

import { createInterface } from "node:readline";
import { asyncFor, asyncWith, run, sleep, TimeoutError, waitFor } from "tsyncio";
import { connectReadPipe, openStderr, openStdin, openStdout, StreamReader, StreamReaderProtocol } from "tsyncio/net";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (data: Uint8Array) => new TextDecoder().decode(data);

const cases: Record<string, () => unknown> = {
  *upper() {
    const stdin = yield* openStdin();
    const stdout = yield* openStdout();
    yield* asyncFor(stdin, function* (line) {
      yield* stdout.write(encode(decode(line).toUpperCase()));
    });
    stdout.close();
    yield* stdout.waitClosed();
    console.log("stdout is still there");
  },
  /** Closed, a stdin that stays open holds nothing. */
  *released() {
    const stdin = yield* openStdin();
    try {
      yield* waitFor(stdin.readline(), 0.05);
    } catch (error) {
      console.log(error instanceof TimeoutError ? "nothing came" : String(error));
    }
    stdin.close();
  },
  /** The end of the loop lets go too. */
  *leftOpen() {
    yield* openStdin();
    yield* openStdout();
    yield* openStderr();
    yield* sleep(0.01);
    console.log("the loop ends");
  },
  *numbers() {
    const stdout = yield* openStdout();
    yield* asyncWith(stdout, function* () {
      for (let i = 0; i < 20; i++) yield* stdout.write(new Uint8Array(1 << 20).fill(97 + i));
    });
  },
  *both() {
    const [stdout, stderr] = [yield* openStdout(), yield* openStderr()];
    stdout.write(encode("to stdout\n"));
    stderr.write(encode("to stderr\n"));
  },
  /** A second reader would get the same bytes. */
  *twice() {
    const stdin = yield* openStdin();
    const opened = (function* () {
      try {
        yield* openStdin();
      } catch (error) {
        console.log(String(error));
      }
      try {
        yield* connectReadPipe(() => new StreamReaderProtocol(new StreamReader()), process.stdin);
      } catch (error) {
        console.log(String(error));
      }
    })();
    yield* opened;
    stdin.close();
    const again = yield* openStdin();
    console.log(decode(yield* again.read()));
  },
  *line() {
    console.log("ready");
    const stdin = yield* openStdin();
    const line = yield* stdin.readline();
    console.log(`line ${JSON.stringify(decode(line))}, a terminal: ${process.stdin.isTTY === true}`);
    stdin.close();
  },
};

/** Reads lines of stdin, each by a reader of its own, and prints them. */
async function reopened(how: string): Promise<void> {
  /** The next line by a new reader, which then lets go; null at the end. */
  function* next() {
    if (how === "transport") {
      const reader = new StreamReader();
      const [transport] = yield* connectReadPipe(() => new StreamReaderProtocol(reader), process.stdin);
      const line = yield* reader.readline();
      transport.close();
      return line;
    }
    const stdin = yield* openStdin();
    const line = yield* stdin.readline();
    if (how === "after the end") yield* sleep(0.2); // the end may have come by now
    if (how !== "loop") stdin.close();
    return line;
  }
  const print = (line: Uint8Array) => line.length > 0 && console.log(decode(line).trimEnd());
  if (how === "loop") while (print(await run(next())) !== false);
  else if (how === "node") {
    print(await run(next()));
    for await (const line of createInterface({ input: process.stdin })) console.log(line);
  } else {
    await run(
      (function* () {
        while (print(yield* next()) !== false);
      })(),
    );
  }
}

const name = process.argv[2] ?? "";
if (name === "reopened") {
  await reopened(process.argv[3] ?? "");
  process.exit();
}
const main = cases[name] as () => Generator<never, void, unknown>;
await run(main());
if (name === "line" && process.argv[3] === "twice") await run(main());
