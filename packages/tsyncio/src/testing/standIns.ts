/** The clocks and the random numbers of the platform, as a program under simulation sees them. */

import type { AnyFunction, Replacements } from "./replacements.ts";
import type { World } from "./world.ts";

/** Null where no simulation runs. */
export type CurrentWorld = () => World | null;

/** Called instead of `original` while a simulation runs. */
type Simulated = (world: World, args: readonly unknown[], original: AnyFunction, self: unknown) => unknown;

const RealDate = Date;

/** The part of Temporal that is needed. */
interface TemporalLike {
  readonly Instant: { fromEpochNanoseconds(nanoseconds: bigint): { toZonedDateTimeISO(zone: unknown): Zoned } };
  readonly Now: { timeZoneId(): string };
}

interface Zoned {
  toPlainDateTime(): unknown;
  toPlainDate(): unknown;
  toPlainTime(): unknown;
}

interface Platform {
  readonly Temporal?: TemporalLike;
  readonly process?: { readonly hrtime?: unknown };
  readonly Bun?: object;
}

export function standIn(replacements: Replacements, current: CurrentWorld): void {
  const { Temporal, process, Bun } = globalThis as Platform;
  const method = (owner: object, key: string, simulated: Simulated): void =>
    replacements.replace(owner, key, (original) => whileSimulated(current, original, simulated));
  const getter = (owner: object, key: string, simulated: (world: World) => unknown): void =>
    replacements.getter(owner, key, (original) => {
      const world = current();
      return world === null ? original() : simulated(world);
    });

  const SimulatedDate = simulatedDate(current);
  replacements.replace(globalThis, "Date", () => SimulatedDate);
  replacements.replace(RealDate.prototype, "constructor", () => SimulatedDate);
  // That of classes that extend Date, too, and of code that has taken Date before.
  method(RealDate, "now", (world) => Math.floor(milliseconds(world)));
  standInForIntl(replacements, current, method);
  if (Temporal !== undefined) standInForTemporal(Temporal, method);

  method(Math, "random", (world) => world.random());
  // Node loads it when it is read.
  let crypto: unknown;
  replacements.getter(globalThis, "crypto", (original) => {
    crypto ??= simulatedCrypto(original() as Crypto, current);
    return current() === null ? original() : crypto;
  });

  method(performance, "now", ({ clock }) => clock.time * 1000);
  getter(performance, "timeOrigin", ({ settings }) => settings.start);
  method(performance, "mark", ({ clock }, [name, options], original, self) =>
    original.call(self, name, { startTime: clock.time * 1000, ...(options as object) }),
  );
  method(performance, "measure", ({ clock }, args, original, self) =>
    original.apply(self, measured(args, clock.time * 1000)),
  );
  if (process !== undefined) {
    method(process, "uptime", ({ clock }) => clock.time);
    replacements.replace(process, "hrtime", (original) => {
      const { bigint } = original as AnyFunction & { bigint: AnyFunction };
      return Object.assign(
        whileSimulated(current, original, ({ clock }, [before]) => secondsSince(before, clock.time)),
        { bigint: whileSimulated(current, bigint, ({ clock }) => nanoseconds(clock.time)) },
      );
    });
  }
  if (Bun !== undefined) method(Bun, "nanoseconds", ({ clock }) => Number(nanoseconds(clock.time)));
}

function whileSimulated(current: CurrentWorld, original: AnyFunction, simulated: Simulated): AnyFunction {
  return function (...args) {
    const world = current();
    return world === null ? original.apply(this, args) : simulated(world, args, original, this);
  };
}

/** Since 1970. */
function milliseconds({ settings, clock }: World): number {
  return settings.start + clock.time * 1000;
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e9));
}

function simulatedDate(current: CurrentWorld): DateConstructor {
  const Simulated: DateConstructor = new Proxy(RealDate, {
    apply(target) {
      const world = current();
      return world === null ? target() : new target(milliseconds(world)).toString();
    },
    construct(target, args, newTarget): Date {
      const world = current();
      const own = args.length === 0 && world !== null ? [milliseconds(world)] : args;
      return Reflect.construct(target, own, newTarget === Simulated ? target : newTarget);
    },
  });
  return Simulated;
}

type Method = (owner: object, key: string, simulated: Simulated) => void;

/** Without a date, it formats the current date. */
function standInForIntl(replacements: Replacements, current: CurrentWorld, method: Method): void {
  const { prototype } = Intl.DateTimeFormat;
  const withDate: Simulated = (world, [date], original, self) =>
    original.call(self, date === undefined ? milliseconds(world) : date);
  replacements.getter(prototype, "format", (original) => whileSimulated(current, original() as AnyFunction, withDate));
  method(prototype, "formatToParts", withDate);
}

function standInForTemporal({ Instant, Now }: TemporalLike, method: Method): void {
  const instant = (world: World) =>
    Instant.fromEpochNanoseconds(BigInt(Math.trunc(world.settings.start)) * 1_000_000n + nanoseconds(world.clock.time));
  const zoned = (world: World, [zone = Now.timeZoneId()]: readonly unknown[]) =>
    instant(world).toZonedDateTimeISO(zone);
  method(Now, "instant", instant);
  method(Now, "zonedDateTimeISO", zoned);
  method(Now, "plainDateTimeISO", (world, args) => zoned(world, args).toPlainDateTime());
  method(Now, "plainDateISO", (world, args) => zoned(world, args).toPlainDate());
  method(Now, "plainTimeISO", (world, args) => zoned(world, args).toPlainTime());
}

/** The seed determines its random numbers: for names, not for secrets. */
function simulatedCrypto(crypto: Crypto, current: CurrentWorld): Crypto {
  const fill = (world: World, bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(world.random() * 256);
  };
  const getRandomValues = crypto.getRandomValues.bind(crypto) as AnyFunction;
  const methods: Record<string | symbol, unknown> = {
    getRandomValues: whileSimulated(current, getRandomValues, (world, [array]) => {
      getRandomValues(array); // checks the type and the size
      const { buffer, byteOffset, byteLength } = array as Uint8Array;
      fill(world, new Uint8Array(buffer, byteOffset, byteLength));
      return array;
    }),
    randomUUID: whileSimulated(current, crypto.randomUUID.bind(crypto) as AnyFunction, (world) => {
      const bytes = new Uint8Array(16);
      fill(world, bytes);
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    }),
  };
  return new Proxy(crypto, {
    get: (target, key) => (Object.hasOwn(methods, key) ? methods[key] : Reflect.get(target, key, target)),
  });
}

/** The arguments of `performance.measure`, with the end that it would take from the real clock. */
function measured([name, start, end]: readonly unknown[], now: number): unknown[] {
  if (typeof start === "object" && start !== null) {
    const { end, duration } = start as { end?: unknown; duration?: unknown };
    return [name, end === undefined && duration === undefined ? { ...start, end: now } : start];
  }
  return end === undefined ? [name, { start: start ?? 0, end: now }] : [name, start, end];
}

/** `process.hrtime(before)`. */
function secondsSince(before: unknown, seconds: number): [number, number] {
  const [whole, rest] = (before as [number, number] | undefined) ?? [0, 0];
  const passed = nanoseconds(seconds) - (BigInt(whole) * 1_000_000_000n + BigInt(rest));
  const fraction = ((passed % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return [Number((passed - fraction) / 1_000_000_000n), Number(fraction)];
}
