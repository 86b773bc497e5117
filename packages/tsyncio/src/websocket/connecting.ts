/** What `connect` returns: a coroutine of a connection, and a context manager. */

import { reused } from "../base/errors.ts";
import { LeafCoroutine, thenableMethods } from "../kernel/coroutines.ts";
import type { ContextMethod, Coroutine, Suspend } from "../kernel/protocol.ts";
import { alreadyAwaited } from "../kernel/state.ts";
import type { Connection } from "./connection.ts";

/** `yield* connect(url)`, and `asyncWith(connect(url), function* (connection) { … })`. */
export class Connecting extends LeafCoroutine<Connection> {
  /** @internal */ static readonly _thenable: true = /* @__PURE__ */ thenableMethods(Connecting);
  private readonly inner: Coroutine<Connection>;
  private state: "new" | "begun" | "ended" = "new";
  private connection: Connection | null = null;

  /** @internal */
  constructor(inner: Coroutine<Connection>) {
    super();
    this.inner = inner;
  }

  next(value?: unknown): IteratorResult<Suspend, Connection> {
    if (this.state === "ended") throw reused("connect()");
    if (this.state === "begun" && value === undefined) return alreadyAwaited(this, null);
    this.state = "begun";
    return this.step(() => this.inner.next(value));
  }

  override throw(error: unknown): IteratorResult<Suspend, Connection> {
    return this.step(() => this.inner.throw(error));
  }

  override return(value: Connection): IteratorResult<Suspend, Connection> {
    return this.step(() => this.inner.return(value));
  }

  private step(take: () => IteratorResult<Suspend, Connection>): IteratorResult<Suspend, Connection> {
    let suspended = false;
    try {
      const result = take();
      suspended = !result.done;
      return result;
    } finally {
      if (!suspended) this.state = "ended";
    }
  }

  aenter(): ContextMethod<Connection>;
  *aenter(): Coroutine<Connection> | ContextMethod<Connection> {
    this.connection = yield* this;
    return this.connection;
  }

  aexit(error?: unknown): ContextMethod<void>;
  *aexit(error?: unknown): Coroutine<void> | ContextMethod<void> {
    yield* (this.connection as Connection).aexit(error) as Coroutine<void>;
  }
}
