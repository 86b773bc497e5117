/** The settings of a simulated run. */

/** What may happen in another order: see `ExploreOptions.model`. */
export type Model = "fifo" | "events" | "any";

/** What determines a run, besides its choices. */
export interface Settings {
  readonly model: Model;
  /** An event that takes `d` seconds may take up to `d * (1 + jitter)`. */
  readonly jitter: number;
  readonly checkpointEveryAwait: boolean;
  readonly cancelEverywhere: boolean;
  /** The time that `Date` shows when the run begins, in milliseconds since 1970. */
  readonly start: number;
}

/** What counts as a failure, besides an error of `main`. */
export interface Checks {
  readonly maxSteps: number;
  /** Whether the errors will be read: those of deadlocks are costly to make. */
  readonly explain: boolean;
  readonly leaks: "error" | "ignore";
  readonly swallowed: "error" | "ignore";
  readonly lost: "error" | "report";
  readonly invariants: readonly Invariant[];
  readonly liveness: readonly Liveness[];
}

/** A check that runs after each step. It fails by throwing or by returning false. */
// biome-ignore lint/suspicious/noConfusingVoidType: a check that returns nothing holds
export type Invariant = () => boolean | void;

/** A condition that may be false for at most `withinSteps` steps in a row, and must be true when `main` ends. */
export interface Liveness {
  readonly name?: string;
  eventually(): boolean;
  readonly withinSteps: number;
}

/** 2000-01-01, as everywhere in the field. */
export const DEFAULT_START = Date.UTC(2000, 0, 1);

/** Tokens contain the index of the model: new models go to the end. */
export const MODELS: readonly Model[] = ["fifo", "events", "any"];

export function checkStart(start: Date | number | undefined, caller: string): number {
  const milliseconds = Number(start ?? DEFAULT_START);
  if (!Number.isNaN(new Date(milliseconds).getTime())) return milliseconds;
  throw new TypeError(`${caller}: start must be a Date or milliseconds since 1970, got ${String(start)}`);
}

export function checkModel(model: unknown, caller: string): Model {
  if (MODELS.includes(model as Model)) return model as Model;
  throw new TypeError(
    `${caller}: model must be one of ${MODELS.map((m) => `"${m}"`).join(", ")}, got ${String(model)}`,
  );
}
