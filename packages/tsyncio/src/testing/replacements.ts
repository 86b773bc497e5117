/** Temporary replacements of properties of the platform. */

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

interface Replacement {
  readonly owner: object;
  readonly key: string;
  /** The own property of the owner; undefined if it inherits the property. */
  readonly own: PropertyDescriptor | undefined;
  readonly replaced: PropertyDescriptor;
}

/** A plan of replacements, made once by `replace` and `getter`, and applied many times. */
export class Replacements {
  private readonly planned: Replacement[] = [];

  /** Plans to replace a function or a class. Does nothing where the owner has none. */
  replace(owner: object, key: string, make: (original: AnyFunction) => unknown): void {
    const old = descriptorOf(owner, key);
    if (old === undefined) return;
    const made = (value: unknown): unknown => (typeof value === "function" ? make(value as AnyFunction) : value);
    // Some globals load a part of the platform when they are read: not before the program reads them.
    // Being read, a getter of Node 20 puts the real thing in its own place: then ours comes back.
    if (old.get !== undefined) {
      const enumerable = old.enumerable === true;
      this.getter(owner, key, (original) => {
        const value = made(original());
        Object.defineProperty(owner, key, { value, enumerable, writable: true, configurable: true });
        return value;
      });
    } else if (typeof old.value === "function") {
      this.plan(owner, key, { value: made(old.value), enumerable: old.enumerable === true, writable: true });
    }
  }

  /** Plans to replace a getter or a plain property. Does nothing where the owner has none. */
  getter(owner: object, key: string, value: (original: () => unknown) => unknown): void {
    const old = descriptorOf(owner, key);
    if (old === undefined) return;
    this.plan(owner, key, {
      get(this: unknown) {
        return value(() => (old.get === undefined ? old.value : old.get.call(this)));
      },
      enumerable: old.enumerable === true,
    });
  }

  /** Whether the platform is as it was when the plan was made. */
  fits(): boolean {
    return this.planned.every(({ owner, key, own }) => {
      const now = Object.getOwnPropertyDescriptor(owner, key);
      return now?.value === own?.value && now?.get === own?.get;
    });
  }

  /** Applies the plan until the function that it returns is called. */
  install(): () => void {
    for (const { owner, key, replaced } of this.planned) Object.defineProperty(owner, key, replaced);
    return () => {
      for (const { owner, key, own } of this.planned) {
        if (own === undefined) Reflect.deleteProperty(owner, key);
        else Object.defineProperty(owner, key, own);
      }
    };
  }

  private plan(owner: object, key: string, replaced: PropertyDescriptor): void {
    const own = Object.getOwnPropertyDescriptor(owner, key);
    if (own?.configurable === false || (own === undefined && !Object.isExtensible(owner))) return;
    this.planned.push({ owner, key, own, replaced: { ...replaced, configurable: true } });
  }
}

function descriptorOf(owner: object, key: string): PropertyDescriptor | undefined {
  for (let holder: object | null = owner; holder !== null; holder = Object.getPrototypeOf(holder)) {
    const found = Object.getOwnPropertyDescriptor(holder, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
