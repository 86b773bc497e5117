/** An emitter such as Node's, for tests that run everywhere. */

type Listener = (...args: never[]) => void;

export class Emitter {
  private readonly listeners = new Map<string | symbol, Listener[]>();
  paused = 0;

  on(type: string | symbol, listener: Listener): this {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
    return this;
  }

  off(type: string | symbol, listener: Listener): this {
    const left = (this.listeners.get(type) ?? []).filter((other) => other !== listener);
    this.listeners.set(type, left);
    return this;
  }

  emit(type: string | symbol, ...args: unknown[]): void {
    for (const listener of this.listeners.get(type) ?? []) listener(...(args as never[]));
  }

  /** Of all events. */
  get count(): number {
    return [...this.listeners.values()].flat().length;
  }
}

/** An EventTarget that counts its listeners. */
export class Target extends EventTarget {
  count = 0;

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.count++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.count--;
    super.removeEventListener(...args);
  }
}
