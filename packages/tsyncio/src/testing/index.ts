/** Simulated time, and the exploration of schedules: `tsyncio/testing`. */

import { installDiagnostics } from "../diagnostics/install.ts";
import { installNativeCalls } from "../tasks/nativeCalls.ts";

export { Exploration, ExplorationError, type Failure, type FailureStep } from "./exploration.ts";
export { type ExploreOptions, explore } from "./explore.ts";
export { type FailureKind, NotSimulatedError, RuleError } from "./failure.ts";
export { type HostMain, SimulatedHost } from "./network/host.ts";
export type { LinkState } from "./network/lane.ts";
export type { Latency, NetworkTrace, SimulatedNetworkOptions } from "./network/options.ts";
export { type HostOrName, type Hosts, type LinkInfo, SimulatedNetwork } from "./network/simulatedNetwork.ts";
export { type Replayed, type ReplayOptions, replay } from "./replay.ts";
export { Sequencer } from "./sequencer.ts";
export type { Invariant, Liveness, Model } from "./settings.ts";
export { type Main, type SimulateOptions, simulate } from "./simulate.ts";
export { advance, currentTime, Simulation, waitAllTasksBlocked } from "./simulation.ts";
export type { StrategyName } from "./strategies/byName.ts";

installDiagnostics();
installNativeCalls();
