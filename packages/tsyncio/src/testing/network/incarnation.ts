/** A host from one start to its crash. */

import { ContextVar } from "../../kernel/context.ts";

/** Tasks and callbacks carry in their context the incarnation of the host that they belong to. */
export class Incarnation {
  /** The name of the host. */
  readonly host: string;
  alive = true;

  constructor(host: string) {
    this.host = host;
  }
}

export const INCARNATION = new ContextVar<Incarnation | null>("the simulated host", { default: null });
