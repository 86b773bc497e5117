/** `await using` and `using`: what a block has entered, and has to leave. */

import { describe } from "../base/describe.ts";
import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { asFailure, GeneratorExit, isBaseError } from "../base/errors.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { adopted, awaited } from "./awaiting.ts";
import { closingBody, type GeneratorBody } from "./generatorBody.ts";

type Method = (...args: unknown[]) => unknown;

interface Resource {
  aenter?: unknown;
  aexit?: unknown;
  [key: symbol]: unknown;
}

/** `aexit` is told of the error, and may end it; the others are JavaScript's. */
type Kind = "aexit" | "async" | "sync";

interface Entered {
  readonly kind: Kind;
  readonly resource: unknown;
  readonly leave: Method;
}

/**
 * The resources of a block, which is compiled to
 *
 *     const s = new Scope();
 *     try {
 *       const x = yield* s.use(manager); …
 *     } catch (error) {
 *       s.fail(error);
 *     } finally {
 *       yield* s.exit();
 *     }
 *
 * and with `s.add(resource)` and `s.end()` if there is only `using`. What has `aenter` and `aexit` is left as by `async
 * with`: its error replaces that of the block. Errors of several disposals are chained by `SuppressedError`, as in
 * JavaScript.
 */
export class Scope {
  private readonly entered: Entered[] = [];
  private failure: { error: unknown } | null = null;
  /** The body that is being closed while the block begins: the block is part of its cleanup. */
  private readonly cleanUpOf: GeneratorBody | null = closingBody();

  /** `await using`. */
  *use(manager: unknown): Coroutine<unknown> {
    if (manager === null || manager === undefined) {
      this.entered.push({ kind: "async", resource: manager, leave: nothing });
      return manager;
    }
    const { aenter, aexit } = manager as Resource;
    if (typeof aenter === "function" && typeof aexit === "function") {
      const value = yield* awaited(aenter.call(manager));
      this.entered.push({ kind: "aexit", resource: manager, leave: aexit as Method });
      if (isObject(value) && value !== manager) throw entersAnother(manager, value);
      return manager;
    }
    const leave = (manager as Resource)[ASYNC_DISPOSE] ?? undefined;
    if (leave === undefined) return this.add(manager, " nor [Symbol.asyncDispose](), nor aenter() and aexit()");
    if (typeof leave !== "function")
      throw new TypeError(`[Symbol.asyncDispose] of ${describe(manager)} is not a function`);
    this.entered.push({ kind: "async", resource: manager, leave: leave as Method });
    return manager;
  }

  /** `using`. */
  add(resource: unknown, more = ""): unknown {
    if (resource === null || resource === undefined) return resource;
    const leave = (resource as Resource)[DISPOSE];
    if (typeof leave !== "function") {
      throw new TypeError(`${describe(resource)} cannot be disposed: it has no [Symbol.dispose]()${more}`);
    }
    this.entered.push({ kind: "sync", resource, leave: leave as Method });
    return resource;
  }

  fail(error: unknown): void {
    this.failure = { error };
  }

  /** Leaves what `add` has entered. */
  end(): void {
    for (const entered of this.entered.reverse()) {
      try {
        entered.leave.call(entered.resource);
      } catch (error) {
        this.suppress(error);
      }
    }
    if (this.failure !== null) throw this.failure.error;
  }

  /** Leaves all. */
  *exit(): Coroutine<void> {
    // The generator is being closed, which a manager sees as in Python: a group cancels its children, instead of
    // waiting for them.
    const body = closingBody();
    const closing = this.failure === null && body !== null && body !== this.cleanUpOf ? new GeneratorExit() : null;
    if (closing !== null) this.fail(closing);
    for (const { kind, resource, leave } of this.entered.reverse()) {
      try {
        if (kind === "aexit") {
          const error = this.failure === null ? null : asFailure(this.failure.error);
          const ends = yield* awaited(leave.call(resource, error));
          if (ends) this.failure = null;
        } else {
          const result = leave.call(resource);
          if (kind === "async") yield* adopted(result);
        }
      } catch (error) {
        if (kind === "aexit") this.fail(error);
        else this.suppress(error);
      }
    }
    const { failure } = this;
    if (failure !== null && (closing === null || failure.error !== closing)) throw failure.error;
  }

  /** `error` comes on top of another one. A cancellation, or another base exception, is no detail of an error. */
  private suppress(error: unknown): void {
    const { failure } = this;
    const chained = failure !== null && !isBaseError(error) && !isBaseError(failure.error);
    this.fail(chained ? suppressedError(error, failure.error) : error);
  }
}

function nothing(): void {}

function isObject(value: unknown): boolean {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** The variable of `await using` is the manager itself. */
function entersAnother(manager: unknown, value: unknown): TypeError {
  return new TypeError(
    `aenter() of ${describe(manager)} returned another object, ${describe(value)}, which await using cannot hand over: ` +
      "write asyncWith(manager, async (value) => { … })",
  );
}

const SUPPRESSED = "An error was suppressed during disposal.";

function suppressedError(error: unknown, suppressed: unknown): Error {
  const { SuppressedError: Native } = globalThis as { SuppressedError?: new (...args: unknown[]) => Error };
  if (Native !== undefined) return new Native(error, suppressed, SUPPRESSED);
  return Object.assign(new Error(SUPPRESSED), { name: "SuppressedError", error, suppressed });
}
