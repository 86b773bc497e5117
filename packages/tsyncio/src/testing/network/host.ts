/** A host of the simulated network, as tests see it. */

import { Context, copyContext } from "../../kernel/context.ts";
import { thenableMethods } from "../../kernel/coroutines.ts";
import type { Future } from "../../kernel/future.ts";
import type { Coroutine, CoroutineObject, Native } from "../../kernel/protocol.ts";
import type { Task } from "../../kernel/task.ts";
import type { WaitOwner } from "../../kernel/waiter.ts";
import { Latch } from "../../sync/latch.ts";
import { forgetDead, forgetErrors } from "./crash.ts";
import type { Environment } from "./environment.ts";
import { INCARNATION, Incarnation } from "./incarnation.ts";
import type { Machine } from "./machine.ts";

/** The program of a host: a coroutine function, which is called anew at each start. */
export type HostMain<T> = (host: SimulatedHost) => Coroutine<T> | Native<T>;

/**
 * A host of a simulated network, made by `SimulatedNetwork.host`. The tasks that its `main` starts, and those that they
 * start, belong to it. A crash loses the variables of `main`; what was made outside of `main` stays, as files do.
 */
export class SimulatedHost<T = unknown> implements WaitOwner {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(SimulatedHost);
  readonly name: string;
  /** Its IPv4 address. Other hosts can use its name as well. */
  readonly address: string;
  private readonly environment: Environment;
  private readonly machine: Machine;
  private readonly main: HostMain<T>;
  private readonly context: Context;
  private task: Task<T> | null = null;
  /** The main that runs, or that the next restart begins, has ended. */
  private ended: Latch;

  /** @internal */
  constructor(environment: Environment, machine: Machine, main: HostMain<T>) {
    this.name = machine.name;
    this.address = machine.address;
    this.environment = environment;
    this.ended = new Latch(environment.loop, this);
    this.machine = machine;
    this.main = main;
    this.context = copyContext();
    this.start();
  }

  /** False from a crash to the restart. A host whose `main` has ended still runs, with the tasks that are left. */
  get running(): boolean {
    return this.machine.incarnation !== null;
  }

  /**
   * Waits until `main` has ended, and returns its result or throws its error. On a crashed host it waits for the `main`
   * that a restart begins. Cancelling the wait does not cancel `main`.
   */
  join(): CoroutineObject<T>;
  *join(): Coroutine<T> {
    while (this.task === null || !this.task.done()) {
      yield* this.ended.wait();
    }
    return this.task.result();
  }

  /**
   * Kills the program: its tasks and callbacks never run again, not even a `finally`. Its connections are reset: peers
   * get a `ConnectionResetError` when the packet arrives, which a partition prevents. The host refuses connections
   * until it serves again. Does nothing to a crashed host.
   */
  crash(): void {
    const { incarnation } = this.machine;
    if (incarnation === null) return;
    this.environment.note("crash", this.machine, this.machine, "the host");
    this.task = null;
    this.machine.crash();
    const { loop } = this.environment;
    if (this.ended.isOpen()) this.ended = new Latch(loop, this);
    forgetDead(loop);
    forgetErrors(loop, incarnation);
  }

  /** Crashes the host if it runs, and runs `main` anew. */
  restart(): void {
    this.crash();
    this.environment.note("restart", this.machine, this.machine, "the host");
    this.start();
  }

  describeWait(): string {
    return `the end of host ${this.name}${this.running ? "" : ", which has crashed"}`;
  }

  /** @internal For reports: whose end it is. */
  holders(): readonly Future<unknown>[] {
    return this.task === null ? [] : [this.task as Future<unknown>];
  }

  toString(): string {
    const state = !this.running ? "crashed" : this.task?.done() ? "ended" : "running";
    return `<SimulatedHost ${this.name} ${this.address} ${state}>`;
  }

  private start(): void {
    const { loop } = this.environment;
    const incarnation = new Incarnation(this.name);
    this.machine.incarnation = incarnation;
    const context = this.context.copy();
    const task = context.run(() => {
      INCARNATION.set(incarnation);
      return loop.createTask(this.main(this), { context, name: this.name });
    });
    this.task = task;
    task.addDoneCallback(() => this.ended.open(), { context: new Context() });
  }
}
