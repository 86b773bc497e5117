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
 * A network of simulated hosts. As soon as it is made, `openConnection`, `startServer`, `createDatagramEndpoint`,
 * `getaddrinfo` and the rest of tsyncio/net use it in the whole simulation: programs run on it unchanged. Code outside
 * any host runs on the host `"test"`.
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
 * Connections are reliable: what a lossy or partitioned link loses is sent again, and arrives later and in order.
 * Without an answer, connecting fails after 127 seconds and sending after 924 seconds, with a `TimeoutError`, as on
 * Linux. Lost datagrams are lost. TLS and unix sockets are not simulated: they throw `NotSimulatedError`.
 *
 * Faults that have a probability are choices of `explore`: a shrunk schedule has only the faults that matter. The run's
 * seed determines everything else that is random. When the `main` of the simulation ends, all hosts are switched off.
 *
 * @throws RuntimeError outside `simulate` and `explore`, and for a second network in one run. TypeError or ValueError
 * for a bad option.
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
   * Adds a host and runs `main` on it, as a task that begins in the next turn of the loop. Other hosts reach it by its
   * name or address. `join()` throws an error of `main`; without a join it is reported as for any task.
   *
   * @throws ValueError for a name that is taken. TypeError for a bad name or `main`.
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

  /** Cuts the links between the hosts of `a` and those of `b`: packets that are sent or under way are lost. */
  partition(a: Hosts, b: Hosts): void {
    this.set("partitioned", a, b);
    this.set("partitioned", b, a);
  }

  /** Cuts the links in one direction. */
  partitionOneway(from: Hosts, to: Hosts): void {
    this.set("partitioned", from, to);
  }

  /**
   * Mends the links between the hosts, in both directions; without arguments, all links. Connections send again what
   * was lost.
   */
  repair(a?: Hosts, b?: Hosts): void {
    this.free("partitioned", a, b);
  }

  /** Delays packets that are sent or under way, in both directions, until `release`. Nothing is lost. */
  hold(a: Hosts, b: Hosts): void {
    this.set("held", a, b);
    this.set("held", b, a);
  }

  /** Delivers what was held at once, in order; without arguments, on all links. */
  release(a?: Hosts, b?: Hosts): void {
    this.free("held", a, b);
  }

  /** Sets how long packets take from now on, in both directions: `[least, most]`, in seconds. */
  setLatency(a: Hosts, b: Hosts, latency: Latency): void {
    const checked = checkLatency(latency);
    for (const [from, to] of [...this.pairs(a, b), ...this.pairs(b, a)]) this.fabric.link(from, to).latency = checked;
  }

  /** Returns the links between all hosts, in both directions. */
  links(): LinkInfo[] {
    const machines = [...this.fabric.machines.values()];
    const all = machines.flatMap((from) =>
      machines.filter((to) => to !== from).map((to) => this.fabric.link(from, to)),
    );
    return all.map(({ from, to, state, latency }) => ({ from: from.name, to: to.name, state, latency }));
  }

  /**
   * Returns true with probability `p`: for a fault that a test injects. Like the faults of the network it is a choice
   * of `explore`, false by default, so that a shrunk schedule has only the faults that matter.
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
