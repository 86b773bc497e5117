/** What a simulation refuses: the real network, and what the simulated one has not. */

import type { Network } from "../../net/network.ts";
import { NotSimulatedError } from "../failure.ts";

export function refuseInSimulation(what: string): never {
  throw new NotSimulatedError(`${what} is not simulated: the simulated network has TCP and UDP between its hosts`);
}

/** The network of a simulation that has none. */
export const noNetwork: Network = {
  connect: () => refuse("a connection"),
  createServer: () => refuse("a server"),
  createSocket: () => refuse("a UDP socket"),
  lookup: (host) => refuse(`the address of ${JSON.stringify(host)}`),
  lookupService: (host) => refuse(`the name of ${JSON.stringify(host)}`),
  refuse,
};

function refuse(what: string): never {
  throw new NotSimulatedError(
    `${what} was asked of the real network inside a simulation: make a simulated one first, new SimulatedNetwork()`,
  );
}
