/** The workloads: how much each one does, and what tsyncio is held to. README.md says what exactly they do. */

export interface Workload {
  readonly name: string;
  /** Operations of one whole run. */
  readonly count: number;
  /** What one operation is. */
  readonly operation: string;
  /** Effection's tasks cost tens of microseconds each, flat in their number: it runs a tenth of these (a dagger). */
  readonly tenthForEffection?: true;
  /** What tsyncio is held to, as a ratio to native promises; heap bytes for `memory`. */
  readonly target: number;
  /** The same for coroutines that are plain `function*`, where they are measured apart. */
  readonly plainTarget?: number;
  /** What native syntax is held to, where it has the workload: a ratio to tsyncio's generators, or nanoseconds. */
  readonly syntaxTarget?: { readonly ratio: number } | { readonly ns: number } | null;
  /** Has a row in systems/floor.ts: what the engine takes for it whatever the runtime is. */
  readonly floor?: true;
  /** The systems that have it; all but `tsyncio-plain`, `tsyncio-native` and `floor` unless said. */
  readonly systems?: readonly System[];
}

/** No slower than generators, but for what a busy machine makes of equal programs. */
const SAME = { ratio: 1.05 };

const OURS_AND_NATIVE: readonly System[] = ["tsyncio", "tsyncio-native", "native"];

export const workloads: readonly Workload[] = [
  { name: "switch", count: 1_000_000, operation: "yield", target: 0.4, syntaxTarget: SAME },
  { name: "spawn_join", count: 100_000, operation: "spawn and join", tenthForEffection: true, target: 4 },
  { name: "fanout", count: 100_000, operation: "task", tenthForEffection: true, target: 0.35, floor: true },
  { name: "call", count: 1_000_000, operation: "call", target: 1, plainTarget: 0.55, syntaxTarget: SAME },
  {
    name: "closure",
    count: 100_000,
    operation: "function",
    target: 15,
    plainTarget: 10,
    syntaxTarget: { ns: 1_200 },
    floor: true,
  },
  { name: "deep", count: 100_000, operation: "yield", target: 0.5, plainTarget: 1.7, syntaxTarget: SAME },
  { name: "queue", count: 500_000, operation: "item", target: 0.5, syntaxTarget: SAME },
  { name: "for_await", count: 500_000, operation: "item", target: 0.4, syntaxTarget: SAME, systems: OURS_AND_NATIVE },
  { name: "promise", count: 200_000, operation: "await", target: 15, syntaxTarget: null, systems: OURS_AND_NATIVE },
  { name: "timers", count: 200_000, operation: "sleep", tenthForEffection: true, target: 0.8, floor: true },
  { name: "cancel", count: 100_000, operation: "task", tenthForEffection: true, target: 0.15, floor: true },
  { name: "lock", count: 100_000, operation: "acquisition", target: 0.8 },
  { name: "memory", count: 200_000, operation: "suspended task", target: 500 },
];

export const SYSTEMS = [
  "tsyncio",
  "tsyncio-plain",
  "tsyncio-native",
  "native",
  "effect",
  "effection",
  "asyncio",
  "floor",
] as const;
export type System = (typeof SYSTEMS)[number];

/** `tsyncio-plain`: where it matters whether a coroutine function is wrapped in `coroutine`. */
export function runsIn(system: System, { systems, plainTarget, syntaxTarget, floor }: Workload): boolean {
  if (system === "floor") return floor === true;
  if (systems !== undefined) return systems.includes(system);
  if (system === "tsyncio-plain") return plainTarget !== undefined;
  return system !== "tsyncio-native" || syntaxTarget !== undefined;
}

export const countIn = (system: System, workload: Workload): number =>
  system === "effection" && workload.tenthForEffection ? workload.count / 10 : workload.count;

/** `count` times what `make` returns. `Array.from` takes longer than the tasks that it would make here. */
export function copies<T>(count: number, make: () => T): T[] {
  const list: T[] = [];
  for (let i = 0; i < count; i += 1) list.push(make());
  return list;
}

/** Whole milliseconds from 0 to 50, the same sequence in every system: a 32-bit linear congruential generator. */
export function delays(count: number): number[] {
  const list: number[] = [];
  let state = 1;
  for (let i = 0; i < count; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    list.push((state >>> 16) % 51);
  }
  return list;
}
