import fc from "fast-check";
import { type Coroutine, createTask, sleep } from "tsyncio";
import { StreamReader } from "tsyncio/net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { simulate } from "../support.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** A piece of a stream, of any size that is treated in its own way. */
const segment = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3000 })),
    fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n"), minLength: 1, maxLength: 9 }),
  )
  .map(([length, pattern]) => pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length));

/** What a program asks a reader for, and how much of the text that must bring. */
const asks: Record<
  string,
  { ask(reader: StreamReader): Coroutine<Uint8Array>; expected(rest: string): string | null }
> = {
  "read(5)": { ask: (reader) => reader.read(5), expected: () => null },
  "read(2000)": { ask: (reader) => reader.read(2000), expected: () => null },
  readline: { ask: (reader) => reader.readline(), expected: (rest) => upTo(rest, "\n") },
  "readUntil of two": {
    ask: (reader) => reader.readUntil([bytes("\r\n"), bytes("bb")]),
    expected: (rest) => [upTo(rest, "\r\n"), upTo(rest, "bb")].sort((a, b) => a.length - b.length)[0] as string,
  },
  "readExactly(7)": { ask: (reader) => reader.readExactly(7), expected: (rest) => rest.slice(0, 7) },
};

function upTo(rest: string, separator: string): string {
  const at = rest.indexOf(separator);
  return at < 0 ? rest : rest.slice(0, at + separator.length);
}

describe("a reader returns the same", () => {
  test("however the bytes are cut into segments, and whatever is read in between", async () => {
    const sometimes = fc.array(fc.constantFrom(...Object.keys(asks)), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 1, maxLength: 60 }),
        sometimes,
        fc.nat(5),
        (segments, names, early) =>
          simulate(function* () {
            const reader = new StreamReader({ limit: 1 << 20 });
            for (const piece of segments.slice(0, early)) reader.feedData(bytes(piece));
            const rest = segments.slice(early);
            createTask(
              (function* () {
                for (const piece of rest) {
                  reader.feedData(bytes(piece));
                  if (piece.length % 2 === 0) yield* sleep(0);
                }
                reader.feedEof();
              })(),
            );
            const all = segments.join("");
            let done = 0;
            for (const name of names) {
              const { ask, expected } = asks[name] as (typeof asks)[string];
              let got: string;
              try {
                got = text(yield* ask(reader));
              } catch (error) {
                got = text((error as { partial: Uint8Array }).partial); // IncompleteReadError: the end came first
              }
              const wanted = expected(all.slice(done));
              if (wanted === null) expect(all.startsWith(got, done)).toBe(true);
              else expect(got).toBe(wanted);
              done += got.length;
            }
            expect(text(yield* reader.read())).toBe(all.slice(done));
          }),
      ),
      { numRuns: 300 },
    );
  });
});

describe("a line that comes in many segments", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([1, 600, 1500])("is searched once: segments of %d bytes", async (size) => {
    const searched = vi.spyOn(Object.getPrototypeOf(Uint8Array.prototype), "indexOf");
    await simulate(function* () {
      const count = 4000;
      const reader = new StreamReader({ limit: count * size + 1 });
      const line = createTask(reader.readline());
      yield* sleep(0);
      for (let i = 0; i < count; i++) {
        reader.feedData(new Uint8Array(size).fill(97));
        yield* sleep(0);
      }
      reader.feedData(bytes("\n"));
      expect((yield* line).length).toBe(count * size + 1);
      expect(searched.mock.calls.length).toBeLessThan(3 * count);
    });
  });
});
