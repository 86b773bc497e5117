/** The options that the two sides have in common. */

import type { OptionNames } from "../base/checks.ts";
import { describe } from "../base/describe.ts";
import { ValueError } from "../base/errors.ts";

/** Options that both ends of a connection have. */
export interface ConnectionOptions {
  /** In seconds: how often a ping asks whether the peer is there; null for never. 20 by default. Node only. */
  pingInterval?: number | null;
  /**
   * In seconds: how long its pong may take before the connection ends with code 1011; null for no limit. Defaults to
   * 20.
   */
  pingTimeout?: number | null;
  /** In seconds: how long the peer may take to answer a close frame. 10 by default. */
  closeTimeout?: number;
  /** In seconds: how long the opening handshake may take. 10 by default. */
  openTimeout?: number;
  /** In bytes: a greater message ends the connection with code 1009. 1 MiB by default. */
  maxPayload?: number;
  /**
   * In messages: while this many wait to be taken, nothing is read until half of them are left. Defaults to 16. Where
   * reading cannot be paused, in browsers, Bun and Deno, one more, or 16 times `maxPayload`, ends the connection; 1024
   * by default there.
   */
  maxQueue?: number;
  /** The subprotocols that this side speaks, the best first. None by default. */
  subprotocols?: readonly string[];
}

export const CONNECTION_OPTIONS: OptionNames<ConnectionOptions> = {
  pingInterval: true,
  pingTimeout: true,
  closeTimeout: true,
  openTimeout: true,
  maxPayload: true,
  maxQueue: true,
  subprotocols: true,
};

export type ConnectionSettings = Required<ConnectionOptions>;

/** What is kept at most of messages that wait, in messages of the greatest size, where reading cannot be paused. */
export const LARGEST_KEPT = 16;

/** The options with their defaults. Throws for values that cannot be. */
export function settingsOf(options: ConnectionOptions, canPause: boolean): ConnectionSettings {
  const settings: ConnectionSettings = {
    pingInterval: options.pingInterval === undefined ? 20 : options.pingInterval,
    pingTimeout: options.pingTimeout === undefined ? 20 : options.pingTimeout,
    closeTimeout: options.closeTimeout ?? 10,
    openTimeout: options.openTimeout ?? 10,
    maxPayload: options.maxPayload ?? 2 ** 20,
    maxQueue: options.maxQueue ?? (canPause ? 16 : 1024),
    subprotocols: options.subprotocols ?? [],
  };
  for (const name of ["pingInterval", "pingTimeout", "closeTimeout", "openTimeout"] as const) {
    const value: unknown = settings[name];
    if (value !== null) checkNumber(value, name, "a number of seconds", Number.MIN_VALUE);
  }
  checkNumber(settings.maxPayload, "maxPayload", "a number of bytes", 1);
  checkNumber(settings.maxQueue, "maxQueue", "a number of messages", 1);
  checkSubprotocols(settings.subprotocols);
  return settings;
}

function checkNumber(value: unknown, name: string, what: string, least: number): void {
  if (typeof value !== "number") throw new TypeError(`${name} must be ${what}, got ${describe(value)}`);
  if (!(value >= least)) throw new ValueError(`${name} must be ${what} above 0, got ${value}`);
}

const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

function checkSubprotocols(subprotocols: readonly string[]): void {
  if (!Array.isArray(subprotocols)) {
    throw new TypeError(`subprotocols must be an array of strings, got ${describe(subprotocols)}`);
  }
  for (const name of subprotocols) {
    if (typeof name !== "string" || !TOKEN.test(name)) {
      throw new ValueError(`a subprotocol must be a token such as "chat.v1", got ${describe(name)}`);
    }
  }
  if (new Set(subprotocols).size < subprotocols.length) throw new ValueError("subprotocols must have each name once");
}
