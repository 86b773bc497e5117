/** The simulated network, as tests see it. */

import { RuntimeError, ValueError } from "../../base/errors.ts";
import { getRunningLoop } from "../../host/loops.ts";
import { Context } from "../../kernel/context.ts";
import type { Runnable } from "../../kernel/queues/ready.ts";
import { networkOf, setNetwork } from "../../net/network.ts";
import { type World, worldOf } from "../world.ts";
import { backendOf } from "./backend.ts";
import { discard, forgetDead, isDead, watchGenerators } from "./crash.ts";
import { Environment } from "./environment.ts";
import { Fabric } from "./fabric.ts";
import { type HostMain, SimulatedHost } from "./host.ts";
import type { LinkState } from "./lane.ts";
import type { Machine } from "./machine.ts";
import { noNetwork } from "./noNetwork.ts";
import { checkLatency, type Latency, readLimits, type SimulatedNetworkOptions } from "./options.ts";

/** A `SimulatedHost`, or its name. `"test"` is the host of the test's own code. */
export type HostOrName = string | { readonly name: string };
/** One host or several, or their names. */
export type Hosts = HostOrName | readonly HostOrName[];

/** One direction between two hosts. */
export interface LinkInfo {
  readonly from: string;
  readonly to: string;
  readonly state: LinkState;
  /** In seconds. */
  readonly latency: Latency;
}

/**
 * Hosts in one simulation, and the network between them. From its making on, `openConnection`, `startServer`,
 * `createDatagramEndpoint`, `getaddrinfo` and the others of tsyncio/net use it, in the whole simulation; their programs
 * stay as they are. Code that belongs to no host runs on a host of its own, `"test"`.
 *
 *     simulate(function* () {
 *       const net = new SimulatedNetwork();
 *       net.host("server", function* () {
 *         const server = yield* startServer(handler, "0.0.0.0", 80);
 *         yield* server.serveForever();
 *       });
 *       const [reader, writer] = yield* openConnection("server", 80);
 *     });
 *
 * Connections keep their order whatever the network does: what a lossy or partitioned link loses of them is sent again,
 * and comes later. After 127 seconds without an answer connecting gives up, after 924 seconds sending does, both with
 * `TimeoutError`, as on Linux. Datagrams are lost. TLS and unix sockets are not simulated: `NotSimulatedError`.
 *
 * Faults that have a probability are choices of `explore`: a shrunk schedule has only those that matter. All else that
 * is drawn comes from the run's seed. When the simulation's main ends, all hosts are switched off.
 *
 * Throws `RuntimeError` outside of `simulate` and `explore`, and for a second network in one run; `ValueError` for
 * options that make no sense.
 */
export class SimulatedNetwork {
  private readonly fabric: Fabric;
  private ended = false;

  constructor(options: SimulatedNetworkOptions = {}) {
    const loop = getRunningLoop();
    const world = worldOf(loop, "new SimulatedNetwork()");
    const known = networkOf(loop);
    if (known !== null && known !== noNetwork) throw new RuntimeError("this simulation has a network already");
    this.fabric = new Fabric(new Environment(loop, world, readLimits(options), options.trace ?? null));
    setNetwork(loop, backendOf(this.fabric));
    this.watch(world);
  }

  /**
   * Adds a host, and runs `main` on it as a task: in the next turn of the loop. Other hosts reach it by its name or its
   * address. An error of main is thrown by `join()`; without a join it is reported as that of any task.
   */
  host<T>(name: string, main: HostMain<T>): SimulatedHost<T> {
    if (typeof name !== "string" || name === "") throw new TypeError("a host has a name");
    if (typeof main !== "function") throw new TypeError(`host(${JSON.stringify(name)}) expects a coroutine function`);
    const { fabric } = this;
    if (fabric.machines.has(name) || name === "localhost") {
      throw new ValueError(`there is a host ${JSON.stringify(name)} already`);
    }
    return new SimulatedHost(fabric.environment, fabric.add(name), main);
  }

  /** Nothing comes through between the hosts of `a` and those of `b`: what is sent, or under way, is lost. */
  partition(a: Hosts, b: Hosts): void {
    this.set("partitioned", a, b);
    this.set("partitioned", b, a);
  }

  /** The same for one direction. */
  partitionOneway(from: Hosts, to: Hosts): void {
    this.set("partitioned", from, to);
  }

  /**
   * Ends the partitions, in both directions; all of them if no hosts are given. Connections send again what was lost.
   */
  repair(a?: Hosts, b?: Hosts): void {
    this.free("partitioned", a, b);
  }

  /** What is sent, or under way, in both directions waits at the network until `release`. Nothing is lost. */
  hold(a: Hosts, b: Hosts): void {
    this.set("held", a, b);
    this.set("held", b, a);
  }

  /** What was held comes at once, in its order; from all links if no hosts are given. */
  release(a?: Hosts, b?: Hosts): void {
    this.free("held", a, b);
  }

  /** How long packets take from now on, in both directions: `[least, most]` seconds. */
  setLatency(a: Hosts, b: Hosts, latency: Latency): void {
    const checked = checkLatency(latency);
    for (const [from, to] of [...this.pairs(a, b), ...this.pairs(b, a)]) this.fabric.link(from, to).latency = checked;
  }

  /** The links between all hosts, in both directions. */
  links(): LinkInfo[] {
    const machines = [...this.fabric.machines.values()];
    const all = machines.flatMap((from) =>
      machines.filter((to) => to !== from).map((to) => this.fabric.link(from, to)),
    );
    return all.map(({ from, to, state, latency }) => ({ from: from.name, to: to.name, state, latency }));
  }

  /**
   * True with probability `p`: for the faults that a test makes itself. As those of the network it is a choice of
   * `explore`, false by default, so that a shrunk schedule has only the faults that matter.
   */
  chance(p: number, label = "fault"): boolean {
    return this.fabric.environment.decisions.chance(p, label);
  }

  toString(): string {
    return `<SimulatedNetwork hosts=(${[...this.fabric.machines.keys()].join(", ")})>`;
  }

  private set(state: LinkState, a: Hosts, b: Hosts): void {
    for (const [from, to] of this.pairs(a, b)) if (from !== to) this.fabric.link(from, to).setState(state);
  }

  private free(state: LinkState, a: Hosts | undefined, b: Hosts | undefined): void {
    const all = [...this.fabric.machines.keys()];
    const [some, others] = [a ?? all, b ?? all];
    for (const [from, to] of [...this.pairs(some, others), ...this.pairs(others, some)]) {
      const link = this.fabric.link(from, to);
      if (link.state === state) link.setState("up");
    }
  }

  private pairs(a: Hosts, b: Hosts): [Machine, Machine][] {
    return this.machines(a).flatMap((from) => this.machines(b).map((to): [Machine, Machine] => [from, to]));
  }

  private machines(hosts: Hosts): Machine[] {
    const list: readonly HostOrName[] = Array.isArray(hosts) ? hosts : [hosts as HostOrName];
    return list.map((host) => {
      const name = typeof host === "string" ? host : host.name;
      const machine = this.fabric.machines.get(name);
      if (machine !== undefined) return machine;
      throw new ValueError(`there is no host ${JSON.stringify(name)} in ${this}`);
    });
  }

  /** The dead do not run; and when main has ended, no host does. */
  private watch(world: World): void {
    watchGenerators(world);
    const main = world.mainTask;
    world.ignores = (runnable: Runnable): boolean => {
      if (!this.ended && main?.done()) this.end();
      if (!isDead(runnable)) return false;
      discard(runnable);
      return true;
    };
    // So that `ignores` is asked once more when main has ended.
    main?.addDoneCallback(() => {}, { context: new Context() });
  }

  private end(): void {
    this.ended = true;
    for (const machine of this.fabric.machines.values()) machine.switchOff();
    forgetDead(this.fabric.environment.loop);
  }
}
