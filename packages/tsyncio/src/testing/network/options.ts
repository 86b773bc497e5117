/** The options of a simulated network. */

import { checkOptions, type OptionNames } from "../../base/checks.ts";
import { describe } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";

/** The least and the greatest time that a packet takes, in seconds. */
export type Latency = readonly [least: number, most: number];

/** Called with a line of text for each packet that is sent, arrives or is lost, and for each fault. */
export type NetworkTrace = (line: string) => void;

/** Options of `SimulatedNetwork`. */
export interface SimulatedNetworkOptions {
  /** How long a packet takes from one host to another, in seconds. Defaults to `[0.001, 0.01]`. */
  latency?: Latency;
  /**
   * The probability, from 0 to 1, that a packet is lost. A lost datagram is gone; a connection sends again, so that its
   * data arrives 0.2 seconds later, 0.6 seconds if it is lost twice, and so on. Defaults to 0.
   */
  loss?: number;
  /** The probability that later datagrams overtake a datagram. Defaults to 0: they arrive in order. */
  reorder?: number;
  /** The probability that a datagram arrives twice. Defaults to 0. */
  duplicate?: number;
  /** In bytes per second, for each direction between two hosts. Defaults to `Infinity`. */
  bandwidth?: number;
  /**
   * How many bytes of one direction of a connection may be in flight or unread. Defaults to 64 KiB. A small window
   * tests `drain`.
   */
  buffer?: number;
  /** Called for each packet and fault. Defaults to null. */
  trace?: NetworkTrace | null;
}

export interface Limits {
  readonly latency: Latency;
  readonly loss: number;
  readonly reorder: number;
  readonly duplicate: number;
  readonly bandwidth: number;
  readonly buffer: number;
}

const NAMES: OptionNames<SimulatedNetworkOptions> = {
  latency: true,
  loss: true,
  reorder: true,
  duplicate: true,
  bandwidth: true,
  buffer: true,
  trace: true,
};

/** @throws TypeError or ValueError for a bad option. */
export function readLimits(options: SimulatedNetworkOptions): Limits {
  checkOptions("SimulatedNetwork", options, NAMES);
  const { latency = [0.001, 0.01], loss = 0, reorder = 0, duplicate = 0 } = options;
  const { bandwidth = Number.POSITIVE_INFINITY, buffer = 64 * 1024 } = options;
  for (const [name, p] of Object.entries({ loss, reorder, duplicate })) {
    if (!(p >= 0 && p <= 1)) throw new ValueError(`${name} must be a probability from 0 to 1, got ${p}`);
  }
  if (!(bandwidth > 0)) throw new ValueError(`bandwidth must be more than 0 bytes a second, got ${bandwidth}`);
  if (!(buffer >= 1)) throw new ValueError(`buffer must be at least 1 byte, got ${buffer}`);
  return { latency: checkLatency(latency), loss, reorder, duplicate, bandwidth, buffer };
}

export function checkLatency(latency: Latency): Latency {
  if (!Array.isArray(latency) || latency.length !== 2) {
    throw new TypeError(`a latency must be [least, most] in seconds, got ${describe(latency)}`);
  }
  const [least, most] = latency;
  if (!(least >= 0 && most >= least && most < Number.POSITIVE_INFINITY)) {
    throw new ValueError(`a latency must be [least, most] in seconds with 0 <= least <= most, got [${least}, ${most}]`);
  }
  return [least, most];
}
