/** What is kept of the tasks of a process while it is looked into. */

/**
 * Returns a function that returns what `make` has made of a thing, the same each time.
 *
 * In many tables: a large one stops the program for a tenth of a second as it grows. Runs in a process that is looked
 * into, and so names nothing that stands outside of it.
 */
export function inTables<T>(make: (thing: object) => T): (thing: object) => T {
  const tables = Array.from({ length: 64 }, () => new WeakMap<object, T>());
  const tableOf = (name: unknown): WeakMap<object, T> => {
    let place = 0;
    if (typeof name === "number") place = name % 64;
    else if (typeof name === "string") {
      // Names that differ do so by a number at the end.
      for (let i = Math.max(0, name.length - 3); i < name.length; i++) place = place * 10 + name.charCodeAt(i);
      place %= 64;
    }
    return tables[place] as WeakMap<object, T>;
  };
  return (thing) => {
    const { _name: name } = thing as { _name?: unknown };
    const table = tableOf(name);
    let found = table.get(thing);
    if (found !== undefined) return found;
    if (typeof name === "string") {
      // A task that was given this name meanwhile.
      for (const other of tables) {
        found = other.get(thing);
        if (found !== undefined) return found;
      }
    }
    found = make(thing);
    table.set(thing, found);
    return found;
  };
}
