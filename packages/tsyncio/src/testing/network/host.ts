/** A host of the simulated network, as tests see it. */

import { Context, copyContext } from "../../kernel/context.ts";
import type { Future } from "../../kernel/future.ts";
import type { Coroutine } from "../../kernel/protocol.ts";
import type { Task } from "../../kernel/task.ts";
import { createWaiter, type WaitOwner } from "../../kernel/waiter.ts";
import type { Fabric } from "./fabric.ts";
import { bury, forgetErrors } from "./lives.ts";
import { LIFE, type Life, type Machine } from "./machine.ts";

/** What runs on a host: a coroutine function, called afresh at each start. */
export type HostMain<T> = (host: SimulatedHost) => Coroutine<T>;

/**
 * Made by `SimulatedNetwork.host`. The tasks that its main starts, and theirs, belong to it. What main keeps in
 * variables of its own is lost in a crash; what was made outside of it stays, as files do.
 */
export class SimulatedHost<T = unknown> implements WaitOwner {
  readonly name: string;
  /** Its IPv4 address. Names are known to all hosts too. */
  readonly address: string;
  private readonly fabric: Fabric;
  private readonly machine: Machine;
  private readonly main: HostMain<T>;
  private readonly context: Context;
  private task: Task<T> | null = null;
  private joiners: Future<void>[] = [];

  /** @internal */
  constructor(fabric: Fabric, machine: Machine, main: HostMain<T>) {
    this.name = machine.name;
    this.address = machine.address;
    this.fabric = fabric;
    this.machine = machine;
    this.main = main;
    this.context = copyContext();
    this.start();
  }

  /** False from a crash to the restart. A host whose main has ended still runs, with the tasks that it left. */
  get running(): boolean {
    return this.machine.life !== null;
  }

  /**
   * Waits until the host's main has ended, and gives its result or throws its error; of a crashed host, that of the main
   * that a restart begins. Cancelling it leaves the host alone.
   */
  *join(): Coroutine<T> {
    while (this.task === null || !this.task.done()) {
      const waiter = createWaiter<void>(this.fabric.loop, this);
      this.joiners.push(waiter);
      yield* waiter;
    }
    return this.task.result();
  }

  /**
   * The program is killed: its tasks and callbacks never run again, not even a `finally`. Its connections are reset: the
   * peers get `ConnectionResetError` when the news reaches them, and never if a partition keeps it from them. Connecting
   * is refused until the host serves again. Does nothing to a crashed host.
   */
  crash(): void {
    const { life } = this.machine;
    if (life === null) return;
    this.fabric.note("crash", this.machine, this.machine, "the host");
    this.task = null;
    this.machine.crash();
    bury(this.fabric.loop);
    forgetErrors(this.fabric.loop, life);
  }

  /** Crashes the host if it runs, and runs its main afresh. */
  restart(): void {
    this.crash();
    this.fabric.note("restart", this.machine, this.machine, "the host");
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
    const { loop } = this.fabric;
    const life: Life = { machine: this.machine, alive: true };
    this.machine.life = life;
    const context = this.context.copy();
    const task = context.run(() => {
      LIFE.set(life);
      return loop.createTask(this.main(this), { context, name: this.name });
    });
    this.task = task;
    task.addDoneCallback(
      () => {
        const { joiners } = this;
        this.joiners = [];
        for (const joiner of joiners) if (!joiner.done()) joiner.setResult();
      },
      { context: new Context() },
    );
  }
}
