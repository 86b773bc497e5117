/** Random programs that are all cancellation. */

import type { Random } from "../../packages/tsyncio/src/testing/random.ts";

export type Block = readonly Statement[];

/** The primitives that a block can hold. */
export const HELD = ["lock", "semaphore", "bounded", "condition"] as const;
export type Held = (typeof HELD)[number];

export type Statement =
  | { do: "sleep"; seconds: number }
  | { do: "raise" }
  | { do: "cancel"; task: string }
  | { do: "cancelGroup"; group: string }
  | { do: "abort"; signal: number }
  | { do: "spawn"; group: string | null; task: string; eager: boolean; stubborn: boolean; body: Block }
  | { do: "group"; group: string; early: boolean; signal: number | null; body: Block }
  | { do: "timeout"; seconds: number; move: number | null; body: Block }
  | { do: "abortable"; signal: number; body: Block }
  | { do: "waitFor"; seconds: number | null; body: Block }
  | { do: "gather"; returnExceptions: boolean; cancelOnError: boolean; bodies: readonly Block[] }
  | { do: "await"; task: string }
  | { do: "shield"; task: string }
  | { do: "wait"; tasks: readonly string[]; seconds: number | null; first: boolean }
  | { do: "hold"; what: Held; body: Block }
  | { do: "notified"; body: Block }
  | { do: "notify"; all: boolean }
  | { do: "event"; what: "set" | "clear" | "wait" }
  | { do: "queue"; what: "put" | "get" | "join" }
  | { do: "barrier" }
  | { do: "iterate"; items: readonly Block[]; cleanup: Block; leave: number; cursor: boolean; body: Block }
  | { do: "try"; how: "finally" | "errors" | "refuse"; body: Block; handler: Block };

export type Do<K extends Statement["do"]> = Extract<Statement, { do: K }>;

export interface Program {
  readonly eager: boolean;
  readonly debug: boolean;
  readonly main: Block;
}

const DEEPEST = 5;
const SIGNALS = 3;

export function makeProgram(random: Random): Program {
  const maker = new Maker(random);
  const [eager, debug] = [random.below(2) === 0, random.below(8) === 0];
  return {
    eager,
    debug,
    main: maker.block({ depth: 0, scopes: 0, cleanup: false, generator: false, holding: false, stubborn: false }),
  };
}

const STEPS = [
  "sleep",
  "cancel",
  "cancelGroup",
  "abort",
  "raise",
  "await",
  "shield",
  "wait",
  "notify",
  "event",
  "queue",
  "barrier",
] as const satisfies readonly Statement["do"][];
const NARROW: readonly Statement["do"][] = ["hold", "notified"];
const BLOCKS = [
  "hold",
  "hold",
  "notified",
  "group",
  "group",
  "timeout",
  "abortable",
  "waitFor",
  "gather",
  "iterate",
  "try",
] as const satisfies readonly Statement["do"][];

/** Where a statement stands. */
interface Place {
  readonly depth: number;
  /** Blocks of the same task around it that cancel it: a cancellation refused in one of them would be theirs. */
  readonly scopes: number;
  readonly cleanup: boolean;
  readonly generator: boolean;
  /** The condition is held: a task that waits for it again cannot be cancelled, and must not be waited for here. */
  readonly holding: boolean;
  /** The task may refuse cancellations, and fail in its cleanup: none waits for it directly. */
  readonly stubborn: boolean;
}

class Maker {
  private readonly random: Random;
  private budget = 28;
  private readonly groups: string[] = [];
  private readonly tasks = ["main"];
  /** Those that others may wait for directly. */
  private readonly obedient: string[] = [];

  /** Each program has only some kinds of statements, so that these meet more often. */
  private readonly steps: readonly Statement["do"][];
  private readonly blocks: readonly Statement["do"][];
  private readonly narrow: readonly Statement["do"][];
  private readonly shared: readonly Held[];

  constructor(random: Random) {
    this.random = random;
    this.steps = ["sleep", "cancel", ...this.some(STEPS)];
    this.blocks = ["spawn", "spawn", "try", ...this.some(BLOCKS)];
    this.narrow = ["spawn", "try", ...this.blocks.filter((kind) => NARROW.includes(kind))];
    const shared = this.some(HELD);
    this.shared = shared.length === 0 ? ["lock"] : shared;
  }

  block(place: Place): Block {
    const statements: Statement[] = [];
    for (let i = this.random.below(4); i >= 0 && this.budget > 0; i--) {
      this.budget--;
      statements.push(this.statement(place));
    }
    return statements;
  }

  private statement(place: Place): Statement {
    const deep = place.depth >= DEEPEST || this.budget <= 0;
    return !deep && this.chance(0.55) ? this.compound({ ...place, depth: place.depth + 1 }) : this.simple(place);
  }

  private simple(place: Place): Statement {
    const { random } = this;
    switch (this.pick(this.steps)) {
      case "cancel":
        return { do: "cancel", task: this.pick(this.tasks) };
      case "cancelGroup":
        if (this.groups.length > 0) return { do: "cancelGroup", group: this.pick(this.groups) };
        break;
      case "abort":
        return { do: "abort", signal: random.below(SIGNALS) };
      case "raise":
        if (!place.cleanup || place.stubborn) return { do: "raise" };
        break;
      case "await":
        if (this.obedient.length > 0 && !place.holding) return { do: "await", task: this.pick(this.obedient) };
        break;
      case "shield":
        return { do: "shield", task: this.pick(this.tasks) };
      case "wait": {
        const tasks = Array.from({ length: 1 + random.below(3) }, () => this.pick(this.tasks));
        return { do: "wait", tasks, seconds: this.chance(0.5) ? null : this.seconds(), first: this.chance(0.5) };
      }
      case "notify":
        return { do: "notify", all: this.chance(0.3) };
      case "event":
        return { do: "event", what: this.pick(["set", "clear", "wait"] as const) };
      case "queue":
        return { do: "queue", what: this.pick(["put", "get", "get", "join"] as const) };
      case "barrier":
        return { do: "barrier" };
    }
    return { do: "sleep", seconds: this.seconds() };
  }

  private compound(place: Place): Statement {
    const { random } = this;
    const inner = { ...place, scopes: place.scopes + 1 };
    const other = { ...place, scopes: 0, cleanup: false, generator: false, holding: false, stubborn: false };
    // A block that can be cancelled, around the yield of a generator, would cancel the task that iterates.
    const narrow = place.generator || place.holding;
    switch (this.pick(narrow ? this.narrow : this.blocks)) {
      case "hold": {
        const what = this.pick(this.shared);
        return { do: "hold", what, body: this.block({ ...place, holding: place.holding || what === "condition" }) };
      }
      case "notified":
        return { do: "notified", body: this.chance(0.5) ? [] : this.block({ ...place, holding: true }) };
      case "group": {
        const group = `g${this.groups.length}`;
        this.groups.push(group);
        const signal = this.chance(0.2) ? random.below(SIGNALS) : null;
        return { do: "group", group, early: this.chance(0.05), signal, body: this.block(inner) };
      }
      case "spawn":
        return this.spawn(other);
      case "timeout": {
        const move = this.chance(0.2) ? this.deadline() : null;
        return { do: "timeout", seconds: this.deadline(), move, body: this.block(inner) };
      }
      case "abortable":
        return { do: "abortable", signal: random.below(SIGNALS), body: this.block(inner) };
      case "waitFor":
        return { do: "waitFor", seconds: this.chance(0.1) ? null : this.deadline(), body: this.block(inner) };
      case "gather": {
        const bodies = Array.from({ length: 1 + random.below(3) }, () => this.block(other));
        return { do: "gather", returnExceptions: this.chance(0.4), cancelOnError: this.chance(0.4), bodies };
      }
      case "iterate": {
        const within = { ...inner, generator: true };
        const items = Array.from({ length: random.below(4) }, () => this.block(within));
        const cleanup = this.block({ ...within, cleanup: true });
        const body = this.block(inner);
        return { do: "iterate", items, cleanup, leave: random.below(6), cursor: this.chance(0.5), body };
      }
    }
    return this.attempt(place);
  }

  private attempt(place: Place): Statement {
    const mayRefuse = place.stubborn && place.scopes === 0 && !place.cleanup;
    const how = mayRefuse && this.chance(0.5) ? "refuse" : this.pick(["finally", "errors"] as const);
    const body = this.block(place);
    return { do: "try", how, body, handler: this.block({ ...place, cleanup: place.cleanup || how === "finally" }) };
  }

  private spawn(place: Place): Statement {
    const task = `t${this.tasks.length}`;
    const stubborn = this.chance(0.3);
    const group = this.groups.length > 0 && this.chance(0.8) ? this.pick(this.groups) : null;
    this.tasks.push(task);
    const body = this.block({ ...place, stubborn });
    // Only those made later wait for it: no circles.
    if (!stubborn) this.obedient.push(task);
    return { do: "spawn", group, task, eager: this.chance(0.25), stubborn, body };
  }

  /** Often none, so that things coincide. */
  private seconds(): number {
    return this.chance(0.5) ? 0 : 1 + this.random.below(4);
  }

  private deadline(): number {
    return this.chance(0.2) ? -this.random.below(2) : this.seconds() + (this.chance(0.3) ? 0.5 : 0);
  }

  private some<T>(from: readonly T[]): T[] {
    const probability = this.pick([0.2, 0.5, 1]);
    return from.filter(() => this.chance(probability));
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)] as T;
  }
}
