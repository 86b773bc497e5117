/** As much of Node's EventEmitter as the sockets of a simulation need. */

/** Each event has arguments of its own. */
type Listener = (...args: never[]) => void;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
}

export class Emitter {
  private readonly entries = new Map<string, readonly Entry[]>();

  on(event: string, listener: Listener): this {
    return this.add(event, { listener, once: false });
  }

  once(event: string, listener: Listener): this {
    return this.add(event, { listener, once: true });
  }

  off(event: string, listener: Listener): this {
    const entries = this.entries.get(event) ?? [];
    const last = entries.findLastIndex((entry) => entry.listener === listener);
    if (last >= 0) this.entries.set(event, entries.toSpliced(last, 1));
    return this;
  }

  removeAllListeners(event?: string): this {
    if (event === undefined) this.entries.clear();
    else this.entries.delete(event);
    return this;
  }

  listenerCount(event: string): number {
    return this.entries.get(event)?.length ?? 0;
  }

  /** As in Node, an error without a listener is thrown. */
  protected emit(event: string, ...args: readonly unknown[]): void {
    const entries = this.entries.get(event);
    if (entries === undefined || entries.length === 0) {
      if (event === "error") throw args[0];
      return;
    }
    for (const { listener, once } of entries) {
      if (once) this.off(event, listener);
      listener.apply(this, args as never[]);
    }
  }

  private add(event: string, entry: Entry): this {
    this.entries.set(event, [...(this.entries.get(event) ?? []), entry]);
    return this;
  }
}
