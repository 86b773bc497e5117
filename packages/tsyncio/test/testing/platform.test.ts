/** What a program under simulation sees of the platform's clocks, chance, timers and events. */

import { sleep } from "tsyncio";
import { NotSimulatedError, simulate } from "tsyncio/testing";
import { describe, expect, test } from "vitest";
import { thrownBy } from "../support.ts";

interface Now {
  instant(): { epochMilliseconds: number };
  zonedDateTimeISO(zone?: string): unknown;
  plainDateTimeISO(zone?: string): unknown;
  plainDateISO(zone?: string): unknown;
  plainTimeISO(zone?: string): unknown;
}

const { Temporal } = globalThis as { Temporal?: { Now: Now } };

/** Taken and made before any simulation. */
const TakenDate = Date;
class OwnDate extends Date {}

/** What `look` sees after 90.5 seconds. */
function seen<T>(look: () => T, seed = 0): T {
  return simulate(
    function* () {
      yield* sleep(90.5);
      return look();
    },
    { seed },
  );
}

const then = Date.UTC(2000, 0, 1, 0, 1, 30, 500);

describe("clocks", () => {
  test("Date, by whatever way it is reached", () => {
    expect(seen(() => new Date().toISOString())).toBe(new Date(then).toISOString());
    expect(seen(() => new (new TakenDate(5).constructor as DateConstructor)().getTime())).toBe(then);
    expect(seen(() => new (class extends Date {})().getTime())).toBe(then);
    expect(seen(() => Date.now())).toBe(then);
    expect(seen(() => TakenDate.now())).toBe(then);
    expect(seen(() => OwnDate.now())).toBe(then);
    expect(seen(() => Date())).toBe(new Date(then).toString());
  });

  test("Intl formats the simulated present where it gets no date", () => {
    const format = new Intl.DateTimeFormat("en", { dateStyle: "short", timeStyle: "medium", timeZone: "UTC" });
    expect(seen(() => format.format())).toBe(format.format(then));
    expect(seen(() => format.formatToParts())).toEqual(format.formatToParts(then));
    expect(seen(() => format.format(0))).toBe(format.format(0));
    expect(format.format()).not.toBe(format.format(then));
  });

  test.skipIf(Temporal === undefined)("Temporal.Now", () => {
    const now = (Temporal as { Now: Now }).Now;
    expect(seen(() => now.instant().epochMilliseconds)).toBe(then);
    expect(seen(() => String(now.zonedDateTimeISO("Asia/Seoul")))).toBe("2000-01-01T09:01:30.5+09:00[Asia/Seoul]");
    expect(seen(() => String(now.plainDateTimeISO("UTC")))).toBe("2000-01-01T00:01:30.5");
    expect(seen(() => String(now.plainDateISO("UTC")))).toBe("2000-01-01");
    expect(seen(() => String(now.plainTimeISO("UTC")))).toBe("00:01:30.5");
    expect(now.instant().epochMilliseconds).toBeGreaterThan(Date.UTC(2025));
  });

  test("performance", () => {
    expect(seen(() => performance.now())).toBe(90_500);
    expect(seen(() => performance.timeOrigin + performance.now())).toBe(then);
    expect(seen(() => performance.mark("a mark").startTime)).toBe(90_500);
    const measured = simulate(function* () {
      yield* sleep(1);
      performance.mark("begin");
      yield* sleep(2);
      performance.mark("end");
      const lengths = [
        performance.measure("from the beginning"),
        performance.measure("from a mark", "begin"),
        performance.measure("between marks", "begin", "end"),
        performance.measure("from an option", { start: "begin" }),
        performance.measure("of a length", { start: "begin", duration: 5 }),
      ];
      return lengths.map(({ duration }) => Math.round(duration));
    });
    expect(measured).toEqual([3000, 2000, 2000, 2000, 5]);
  });
});

describe("chance", () => {
  test("crypto's random values and UUIDs are the seed's", () => {
    const draw = () => [crypto.randomUUID(), ...crypto.getRandomValues(new Uint8Array(8))];
    expect(seen(draw, 1)).toEqual(seen(draw, 1));
    expect(seen(draw, 1)).not.toEqual(seen(draw, 2));
    expect(seen(() => crypto.randomUUID())).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(thrownBy(() => seen(() => crypto.getRandomValues(new Float32Array(1) as never)))).not.toBe(null);
    expect(crypto.randomUUID()).not.toBe(crypto.randomUUID());
  });
});

const global = globalThis as unknown as Record<string, (...args: unknown[]) => unknown>;
const shared = () => new Int32Array(new SharedArrayBuffer(4));
// Browsers share memory only with pages that ask for it.
const { waitAsync } = typeof SharedArrayBuffer === "undefined" ? {} : (Atomics as { waitAsync?: unknown });

describe("what would wait for the real world is refused", () => {
  const functions: [string, () => unknown][] = [
    ...["setTimeout", "setInterval", "setImmediate", "requestAnimationFrame", "requestIdleCallback", "fetch"]
      .filter((name) => typeof global[name] === "function")
      .map((name): [string, () => unknown] => [name, () => global[name]?.(() => {})]),
    ["AbortSignal.timeout", () => AbortSignal.timeout(1)],
    ...(typeof SharedArrayBuffer === "undefined"
      ? []
      : ([["Atomics.wait", () => Atomics.wait(shared(), 0, 0, 1)]] as [string, () => unknown][])),
    ...(waitAsync === undefined
      ? []
      : ([
          [
            "Atomics.waitAsync",
            () => (Atomics as never as { waitAsync: typeof Atomics.wait }).waitAsync(shared(), 0, 0, 1),
          ],
        ] as [string, () => unknown][])),
  ];
  test.each(functions)("%s()", (name, call) => {
    expect(thrownBy(() => seen(call))).toBeInstanceOf(NotSimulatedError);
    expect(thrownBy(() => seen(call))).toMatchObject({ message: expect.stringContaining(`${name}() in a simulation`) });
  });

  const classes = ["WebSocket", "XMLHttpRequest", "EventSource", "BroadcastChannel", "MessageChannel", "Worker"];
  test.each(classes.filter((name) => typeof global[name] === "function"))("new %s()", (name) => {
    const Class = () => global[name] as never as { new (url: string): object; prototype: object };
    const error = thrownBy(() => seen(() => new (Class())("ws://localhost")));
    expect(error).toBeInstanceOf(NotSimulatedError);
    expect(error).toMatchObject({ message: expect.stringContaining(`new ${name}() in a simulation`) });
    // It is still the class.
    expect(seen(() => Class().prototype)).toBe(Class().prototype);
    expect(seen(() => ({}) instanceof Class())).toBe(false);
  });
});

test("what a program keeps of a simulation is the real thing when that has ended", async () => {
  const kept = seen(() => ({
    Date,
    random: Math.random,
    now: performance.now.bind(performance),
    setTimeout,
    crypto,
    OwnDate: class extends Date {},
  }));
  expect(kept.Date.now()).toBeGreaterThan(Date.UTC(2025));
  expect(new kept.OwnDate().getTime()).toBeGreaterThan(Date.UTC(2025));
  expect(kept.random()).not.toBe(kept.random());
  expect(kept.now()).toBeGreaterThan(0);
  expect(kept.crypto.randomUUID()).not.toBe(kept.crypto.randomUUID());
  const { setTimeout: later } = kept; // browsers refuse it as a method
  await new Promise<void>((resolve) => void later(resolve, 0));
});

test("all is as it was when a simulation has ended", () => {
  const look = () =>
    [globalThis, Math, performance, Date, Date.prototype, Intl.DateTimeFormat.prototype, AbortSignal, Atomics].map(
      (owner) =>
        Object.entries(Object.getOwnPropertyDescriptors(owner)).map(([key, { value, get }]) => [key, value ?? get]),
    );
  const before = look();
  seen(() => [Date.now(), crypto.randomUUID()]);
  const after = look();
  for (const [i, entries] of before.entries()) {
    for (const [j, [key, value]] of entries.entries())
      expect([key, Object.is(after[i]?.[j]?.[1], value)]).toEqual([key, true]);
  }
});
