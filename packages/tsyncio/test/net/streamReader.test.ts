import {
  asyncFor,
  CancelledError,
  type Coroutine,
  createTask,
  DeadlockError,
  IncompleteReadError,
  LimitOverrunError,
  RuntimeError,
  run,
  sleep,
  ValueError,
  virtualLoop,
} from "tsyncio";
import { StreamReader } from "tsyncio/net";
import { describe, expect, test } from "vitest";
import { errorOf, rejection, simulate, thrownBy, turns } from "../support.ts";

/** As Node's Buffer is one: its own methods make more of its kind. */
class Bytes extends Uint8Array {}
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** A reader that was fed these chunks. */
function fed(...chunks: string[]): StreamReader {
  const reader = new StreamReader();
  for (const chunk of chunks) reader.feedData(bytes(chunk));
  return reader;
}

/** Feeds one chunk a second, then the end. */
function* feedSlowly(reader: StreamReader, ...chunks: string[]): Coroutine<void> {
  for (const chunk of chunks) {
    yield* sleep(1);
    reader.feedData(bytes(chunk));
  }
  yield* sleep(1);
  reader.feedEof();
}

/** A transport that notes what it is told. */
class Transport {
  readonly log: string[] = [];
  pauseReading(): void {
    this.log.push("pause");
  }
  resumeReading(): void {
    this.log.push("resume");
  }
}

describe("read", () => {
  test("returns at most n bytes, as soon as there is one", () =>
    simulate(function* () {
      const reader = new StreamReader();
      createTask(feedSlowly(reader, "abc"));
      expect(text(yield* reader.read(2))).toBe("ab");
      expect(text(yield* reader.read(2))).toBe("c");
      expect(text(yield* reader.read(2))).toBe("");
    }));

  test("goes over the borders of chunks", () =>
    simulate(function* () {
      const reader = fed("ab", "cd", "ef");
      expect(text(yield* reader.read(3))).toBe("abc");
      expect(text(yield* reader.read(2))).toBe("de");
      expect(text(yield* reader.read(9))).toBe("f");
    }));

  test("without n reads to the end", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 2 });
      createTask(feedSlowly(reader, "abc", "defg"));
      expect(text(yield* reader.read())).toBe("abcdefg");
      expect(reader.atEof()).toBe(true);
    }));

  test("read(0) returns nothing and does not wait", () =>
    simulate(function* () {
      expect(yield* new StreamReader().read(0)).toEqual(new Uint8Array(0));
    }));

  test("the data are plain Uint8Arrays, whatever was fed", () =>
    simulate(function* () {
      const reader = new StreamReader();
      reader.feedData(new Bytes(bytes("abcdef")));
      expect((yield* reader.read(2)).constructor).toBe(Uint8Array);
      expect((yield* reader.read(9)).constructor).toBe(Uint8Array);
      reader.feedData(new Bytes(bytes("abc")));
      expect((yield* reader.read(9)).constructor).toBe(Uint8Array);
    }));

  test("a number of bytes that is none is a TypeError", () =>
    simulate(function* () {
      const reader = fed("abc");
      for (const n of ["1", 1.5, Number.NaN, null]) {
        expect(yield* errorOf(reader.read(n as number))).toBeInstanceOf(TypeError);
        expect(yield* errorOf(reader.readExactly(n as number))).toBeInstanceOf(TypeError);
      }
    }));
});

describe("readExactly", () => {
  test("waits until there are n bytes", () =>
    simulate(function* () {
      const reader = new StreamReader();
      createTask(feedSlowly(reader, "ab", "cd", "ef"));
      expect(text(yield* reader.readExactly(5))).toBe("abcde");
      expect(text(yield* reader.read())).toBe("f");
    }));

  test("is not bounded by the limit", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 3 });
      reader.feedData(bytes("x".repeat(100)));
      expect((yield* reader.readExactly(100)).length).toBe(100);
    }));

  test("at the end throws IncompleteReadError with what there was, and takes it", () =>
    simulate(function* () {
      const reader = fed("abc");
      reader.feedEof();
      const error = (yield* errorOf(reader.readExactly(5))) as IncompleteReadError;
      expect(error).toBeInstanceOf(IncompleteReadError);
      expect(text(error.partial)).toBe("abc");
      expect(error.expected).toBe(5);
      expect(error.message).toBe("3 bytes read on a total of 5 expected bytes");
      expect(reader.atEof()).toBe(true);
    }));

  test("0 bytes are always there; less are a ValueError", () =>
    simulate(function* () {
      const reader = new StreamReader();
      expect((yield* reader.readExactly(0)).length).toBe(0);
      expect(yield* errorOf(reader.readExactly(-1))).toEqual(
        new ValueError("readExactly size can not be less than zero"),
      );
    }));
});

describe("readline", () => {
  test("returns a line with its newline; at the end what is left, then nothing", () =>
    simulate(function* () {
      const reader = new StreamReader();
      createTask(feedSlowly(reader, "one\ntw", "o\n\nthree"));
      const lines: string[] = [];
      for (let i = 0; i < 5; i++) lines.push(text(yield* reader.readline()));
      expect(lines).toEqual(["one\n", "two\n", "\n", "three", ""]);
    }));

  test("a line over the limit is a ValueError, and is dropped", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 3 });
      reader.feedData(bytes("line1\nab\n"));
      const error = (yield* errorOf(reader.readline())) as ValueError;
      expect(error).toEqual(new ValueError("Separator is found, but chunk is longer than limit"));
      expect(error.cause).toBeInstanceOf(LimitOverrunError);
      expect(text(yield* reader.readline())).toBe("ab\n");
    }));

  test("a line over the limit whose end has not come: what has is dropped", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 3 });
      reader.feedData(bytes("line1"));
      expect(yield* errorOf(reader.readline())).toEqual(
        new ValueError("Separator is not found, and chunk exceed the limit"),
      );
      reader.feedData(bytes("x\ny\n"));
      expect(text(yield* reader.readline())).toBe("x\n");
    }));

  test("the limit is that of the line without its newline", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 3 });
      reader.feedData(bytes("abc\nabcd\n"));
      expect(text(yield* reader.readline())).toBe("abc\n");
      expect(yield* errorOf(reader.readline())).toBeInstanceOf(ValueError);
    }));
});

describe("readUntil", () => {
  test("reads everything up to the separator, and the separator", () =>
    simulate(function* () {
      const reader = fed("ab--cd--");
      expect(text(yield* reader.readUntil(bytes("--")))).toBe("ab--");
      expect(text(yield* reader.readUntil(bytes("--")))).toBe("cd--");
    }));

  test("the separator without an argument is a newline", () =>
    simulate(function* () {
      expect(text(yield* fed("ab\ncd").readUntil())).toBe("ab\n");
    }));

  test("finds a separator that came in several chunks, after false starts", () =>
    simulate(function* () {
      const reader = new StreamReader();
      createTask(feedSlowly(reader, "aAAB", "A", "AB", "C", "rest"));
      expect(text(yield* reader.readUntil(bytes("AABC")))).toBe("aAABAABC");
      expect(text(yield* reader.read())).toBe("rest");
    }));

  test("of several separators the one that returns the shortest piece", () =>
    simulate(function* () {
      const separators = [bytes("YYY"), bytes("XX"), bytes("\r\n"), bytes("\n")];
      const reader = fed("aYYYbXXc\r\nd\n");
      const pieces: string[] = [];
      for (let i = 0; i < 4; i++) pieces.push(text(yield* reader.readUntil(separators)));
      expect(pieces).toEqual(["aYYY", "bXX", "c\r\n", "d\n"]);
    }));

  test("over the limit throws LimitOverrunError, and leaves the data", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 3 });
      reader.feedData(bytes("some data"));
      const missing = (yield* errorOf(reader.readUntil(bytes("AA")))) as LimitOverrunError;
      expect(missing).toBeInstanceOf(LimitOverrunError);
      expect(missing.message).toBe("Separator is not found, and chunk exceed the limit");
      expect(missing.consumed).toBe(8);
      reader.feedData(bytes("AA"));
      const found = (yield* errorOf(reader.readUntil(bytes("AA")))) as LimitOverrunError;
      expect(found.message).toBe("Separator is found, but chunk is longer than limit");
      expect(found.consumed).toBe(9);
      expect(text(yield* reader.read(99))).toBe("some dataAA");
    }));

  test("at the end throws IncompleteReadError, after a separator in the last data was found", () =>
    simulate(function* () {
      const reader = fed("a,b");
      reader.feedEof();
      expect(text(yield* reader.readUntil(bytes(",")))).toBe("a,");
      const error = (yield* errorOf(reader.readUntil(bytes(",")))) as IncompleteReadError;
      expect(error).toBeInstanceOf(IncompleteReadError);
      expect(text(error.partial)).toBe("b");
      expect(error.expected).toBe(null);
    }));

  test("no separator, and an empty one, are a ValueError; a string is a TypeError", () =>
    simulate(function* () {
      const reader = fed("abc");
      expect(yield* errorOf(reader.readUntil([]))).toEqual(
        new ValueError("Separator should contain at least one element"),
      );
      for (const empty of [bytes(""), [bytes("a"), bytes("")]]) {
        expect(yield* errorOf(reader.readUntil(empty))).toEqual(
          new ValueError("Separator should be at least one-byte string"),
        );
      }
      for (const string of ["\n", [bytes("a"), "\n"]]) {
        const error = (yield* errorOf(reader.readUntil(string as never))) as Error;
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain("new TextEncoder().encode(text)");
      }
    }));
});

describe("feeding", () => {
  test("a string is a TypeError that says what to do; so is anything but bytes", () => {
    const reader = new StreamReader({ loop: virtualLoop() });
    expect(() => reader.feedData("abc" as never)).toThrow(
      'feedData expects a Uint8Array, got "abc". For text use new TextEncoder().encode(text).',
    );
    expect(() => reader.feedData([1] as never)).toThrow(TypeError);
  });

  test("empty data wake no task", () =>
    simulate(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.read(1));
      yield* turns(1);
      reader.feedData(new Uint8Array(0));
      yield* turns(2);
      expect(task.done()).toBe(false);
      reader.feedEof();
      expect((yield* task).length).toBe(0);
    }));

  test("after feedEof() is a RuntimeError", () =>
    simulate(function* () {
      const reader = fed();
      reader.feedEof();
      expect(thrownBy(() => reader.feedData(bytes("a")))).toEqual(new RuntimeError("feedData after feedEof"));
    }));

  test("atEof() is true once the end was fed and all was read", () =>
    simulate(function* () {
      const reader = fed("a");
      expect(reader.atEof()).toBe(false);
      reader.feedEof();
      expect(reader.atEof()).toBe(false);
      yield* reader.read(1);
      expect(reader.atEof()).toBe(true);
    }));

  test("many small chunks and reads keep their order", () =>
    simulate(function* () {
      const reader = new StreamReader();
      const parts: string[] = [];
      let sent = "";
      for (let i = 0; i < 5000; i++) {
        const part = String(i);
        sent += part;
        reader.feedData(bytes(part));
        if (i % 3 === 0) parts.push(text(yield* reader.read(7)));
      }
      reader.feedEof();
      parts.push(text(yield* reader.read()));
      expect(parts.join("")).toBe(sent);
    }));
});

describe("one reader at a time", () => {
  const busy = (method: string) =>
    new RuntimeError(`${method}() called while another coroutine is already waiting for incoming data`);

  test("a second one is a RuntimeError, and the first goes on", () =>
    simulate(function* () {
      const reader = new StreamReader();
      const first = createTask(reader.readline());
      yield* turns(1);
      expect(yield* errorOf(reader.read(1))).toEqual(busy("read"));
      expect(yield* errorOf(reader.readExactly(1))).toEqual(busy("readExactly"));
      expect(yield* errorOf(reader.readUntil())).toEqual(busy("readUntil"));
      expect(yield* errorOf(reader.readline())).toEqual(busy("readUntil"));
      reader.feedData(bytes("a\n"));
      expect(text(yield* first)).toBe("a\n");
    }));

  test("a cancelled read takes nothing, and the next one can wait", () =>
    simulate(function* () {
      const reader = new StreamReader();
      const first = createTask(reader.readExactly(4));
      yield* turns(1);
      reader.feedData(bytes("ab"));
      yield* turns(2);
      first.cancel();
      expect(yield* errorOf(first)).toBeInstanceOf(CancelledError);
      createTask(feedSlowly(reader, "cd"));
      expect(text(yield* reader.readExactly(4))).toBe("abcd");
    }));

  test("cancelled in the turn in which data came: the data stay", () =>
    simulate(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.read(9));
      yield* turns(1);
      reader.feedData(bytes("ab"));
      task.cancel();
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
      expect(text(yield* reader.read(9))).toBe("ab");
    }));
});

describe("setException", () => {
  test("all reads throw it from now on, the one that waits too", () =>
    simulate(function* () {
      const reader = new StreamReader();
      expect(reader.exception()).toBe(null);
      const waiting = createTask(reader.readline());
      yield* turns(1);
      const error = new TypeError("lost");
      reader.setException(error);
      expect(yield* errorOf(waiting)).toBe(error);
      expect(reader.exception()).toBe(error);
      reader.feedData(bytes("a\n"));
      for (const read of [
        reader.read(1),
        reader.read(0),
        reader.readExactly(1),
        reader.readUntil(),
        reader.readline(),
      ]) {
        expect(yield* errorOf(read)).toBe(error);
      }
    }));

  test("of a reader whose task was cancelled meanwhile harms no task", () =>
    simulate(function* () {
      const reader = new StreamReader();
      const task = createTask(reader.readline());
      yield* turns(1);
      task.cancel();
      reader.setException(new TypeError());
      expect(yield* errorOf(task)).toBeInstanceOf(CancelledError);
    }));
});

describe("the transport", () => {
  test("is paused above twice the limit, and resumed at the limit", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 4 });
      const transport = new Transport();
      reader.setTransport(transport);
      reader.feedData(bytes("12345678"));
      expect(transport.log).toEqual([]);
      reader.feedData(bytes("9"));
      reader.feedData(bytes("0"));
      expect(transport.log).toEqual(["pause"]);
      yield* reader.read(5);
      expect(transport.log).toEqual(["pause"]);
      yield* reader.read(1);
      expect(transport.log).toEqual(["pause", "resume"]);
    }));

  test("is resumed when more is asked for than is buffered", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 1 });
      const transport = new Transport();
      reader.setTransport(transport);
      reader.feedData(bytes("abc"));
      const task = createTask(reader.readExactly(5));
      yield* turns(1);
      expect(transport.log).toEqual(["pause", "resume"]);
      reader.feedData(bytes("de"));
      expect(text(yield* task)).toBe("abcde");
    }));

  test("that cannot be paused is left alone: all is buffered", () =>
    simulate(function* () {
      const reader = new StreamReader({ limit: 1 });
      reader.setTransport({});
      for (let i = 0; i < 9; i++) reader.feedData(bytes("x"));
      expect((yield* reader.readExactly(9)).length).toBe(9);
    }));

  test("is set once", () => {
    const reader = new StreamReader({ loop: virtualLoop() });
    reader.setTransport(new Transport());
    expect(thrownBy(() => reader.setTransport(new Transport()))).toEqual(new RuntimeError("Transport already set"));
  });
});

describe("iteration", () => {
  test("by asyncFor yields the lines, the last one without a newline", () =>
    simulate(function* () {
      const reader = fed("one\ntwo\n", "three");
      reader.feedEof();
      const lines: string[] = [];
      yield* asyncFor(reader, function* (line) {
        lines.push(text(line));
      });
      expect(lines).toEqual(["one\n", "two\n", "three"]);
    }));

  test("by native for await too", async () => {
    const lines: string[] = [];
    await run(
      (function* () {
        const reader = fed("one\ntwo\n");
        reader.feedEof();
        const native = async () => {
          for await (const line of reader) lines.push(text(line));
        };
        const done = native();
        while (lines.length < 2) yield* sleep(0.001);
        done.catch(() => {});
      })(),
    );
    expect(lines).toEqual(["one\n", "two\n"]);
  });
});

test("a limit that is not positive is a ValueError", () => {
  for (const limit of [0, -1, Number.NaN]) {
    expect(thrownBy(() => new StreamReader({ limit }))).toEqual(new ValueError("Limit cannot be <= 0"));
  }
  expect(() => new StreamReader({ limit: "1" as never })).toThrow(TypeError);
});

test("shows its state", () =>
  simulate(function* () {
    const reader = new StreamReader();
    expect(String(reader)).toBe("<StreamReader>");
    reader.feedData(bytes("abc"));
    reader.feedEof();
    expect(String(reader)).toBe("<StreamReader 3 bytes eof>");
    const waiting = new StreamReader({ limit: 5 });
    const task = createTask(waiting.read(1));
    yield* turns(1);
    expect(String(waiting)).toBe("<StreamReader limit=5 waiter=<Future pending>>");
    waiting.setException(new TypeError("lost"));
    yield* errorOf(task);
    expect(String(waiting)).toBe("<StreamReader limit=5 exception=TypeError: lost>");
  }));

test("a deadlock report says that the task waits for data", async () => {
  const main = function* () {
    yield* new StreamReader().read(1);
  };
  const error = await rejection(simulate(main));
  expect(error).toBeInstanceOf(DeadlockError);
  expect((error as Error).message).toContain("data of <StreamReader");
});

test("a read that is taken apart without yield* is an error that says so, and leaves the reader to the next", () =>
  simulate(function* () {
    const reader = new StreamReader();
    expect(() => {
      // @ts-expect-error: an awaitable returns nothing by itself
      const [data]: Uint8Array[] = reader.read(5);
      return data;
    }).toThrow("write `yield*` before it");
    createTask(feedSlowly(reader, "abc"));
    expect(text(yield* reader.read(5))).toBe("abc");
  }));
