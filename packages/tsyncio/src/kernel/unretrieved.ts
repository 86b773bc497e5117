/** Failed futures whose exception has not been asked for: reported when they are collected, or by `close()`. */

import { cutStack } from "../base/stackCut.ts";
import type { ExceptionContext } from "./exceptionHandler.ts";
import type { Future } from "./future.ts";
import { kernel } from "./state.ts";

type AnyFuture = Future<unknown>;
type Loop = AnyFuture["_loop"];

/** Reports what is left of a future that has been collected. */
const collected =
  typeof FinalizationRegistry === "undefined"
    ? null
    : /* @__PURE__ */ new FinalizationRegistry<Remains>((remains) =>
        remains.loop.deref()?._unretrieved.settle(remains),
      );

/**
 * Of the futures that were left to the collector, and of their copies. One for all loops: an exploration makes
 * thousands.
 */
const remainsOf = /* @__PURE__ */ new WeakMap<AnyFuture, Remains>();

/** Lists shorter than this are not looked through for futures that have been asked meanwhile. */
const FEW = 64;

/**
 * What is reported of a failed future once it is collected. JavaScript cannot bring the future back, so that a copy
 * stands in for it. Kept by the registry: if anything here led to the future, it would never be collected.
 */
class Remains {
  /** Weak: the loop may lead to the future. */
  readonly loop: WeakRef<Loop>;
  /** For `close()`, which may come before the collector. */
  readonly future: WeakRef<AnyFuture>;
  readonly copy: AnyFuture;
  readonly sourceTraceback: string | null;

  constructor(loop: WeakRef<Loop>, future: AnyFuture) {
    cutStack(future._value);
    this.loop = loop;
    this.future = new WeakRef(future);
    this.copy = future._copy();
    this.sourceTraceback = sourceOf(future);
  }
}

/**
 * The failed futures of a loop. Most are asked for their exception within a turn or two: until then they are just kept
 * in a list. Those that are not asked are left to the garbage collector.
 */
export class Unretrieved {
  private readonly loop: Loop;
  /**
   * Made when first needed: the target of a `WeakRef` stays in memory until the job of the engine ends, and an
   * exploration makes thousands of loops in one job.
   */
  private weakLoop: WeakRef<Loop> | null = null;
  /** Failed since the last turn of the loop has ended. */
  private young: AnyFuture[] = [];
  /** Failed in the turn before. */
  private older: AnyFuture[] = [];
  private limit = FEW;
  private readonly left = new Set<Remains>();

  constructor(loop: Loop) {
    this.loop = loop;
  }

  failed(future: AnyFuture): void {
    if (this.young.push(future) < this.limit) return;
    this.young = this.young.filter(isUnretrieved);
    this.limit = Math.max(FEW, 2 * this.young.length);
  }

  /** The exception has been asked for after all. */
  retrieved(future: AnyFuture): void {
    const remains = this.left.size === 0 ? undefined : remainsOf.get(future);
    if (remains === undefined) return;
    this.left.delete(remains);
    collected?.unregister(future);
  }

  /** Is there a future that `sweep` may have to look at? */
  get any(): boolean {
    return this.young.length > 0 || this.older.length > 0;
  }

  /** A turn of the loop has ended; if it is the `last` one, there is no other to wait for. True: call again. */
  sweep(last: boolean): boolean {
    if (collected === null) return false;
    const { older } = this;
    this.older = this.young.filter(isUnretrieved);
    this.young = [];
    for (const future of last ? older.concat(this.older.splice(0)) : older) {
      if (isUnretrieved(future)) this.leave(future);
    }
    return this.older.length > 0;
  }

  /** All of them; the copies of those that have been collected and are not reported yet. */
  futures(): AnyFuture[] {
    return [...[...this.left].map((remains) => this.futureOf(remains)), ...this.older, ...this.young];
  }

  /** Reports all: the loop is closed. */
  reportAll(): void {
    const { left, older, young } = this;
    this.older = [];
    this.young = [];
    for (const remains of left) this.settle(remains);
    for (const future of [...older, ...young]) if (isUnretrieved(future)) this.report(future, sourceOf(future));
  }

  /** The future has been collected, or must not wait for that. */
  settle(remains: Remains): void {
    if (!this.left.delete(remains)) return;
    const future = this.futureOf(remains);
    collected?.unregister(future);
    this.report(future, remains.sourceTraceback);
  }

  private futureOf(remains: Remains): AnyFuture {
    const future = remains.future.deref();
    if (future !== undefined) return future;
    remains.copy._loop = this.loop;
    remainsOf.set(remains.copy, remains);
    return remains.copy;
  }

  private leave(future: AnyFuture): void {
    this.weakLoop ??= new WeakRef(this.loop);
    const remains = new Remains(this.weakLoop, future);
    this.left.add(remains);
    remainsOf.set(future, remains);
    collected?.register(future, remains, future);
  }

  private report(future: AnyFuture, sourceTraceback: string | null): void {
    const context: ExceptionContext = {
      message: `${future.constructor.name} exception was never retrieved`,
      exception: future._value,
      future,
    };
    if (sourceTraceback !== null) context.sourceTraceback = sourceTraceback;
    this.loop.callExceptionHandler(context);
  }
}

function isUnretrieved(future: AnyFuture): boolean {
  return future._unretrieved();
}

function sourceOf(future: AnyFuture): string | null {
  return kernel.diagnostics?.sourceOf(future) ?? null;
}
