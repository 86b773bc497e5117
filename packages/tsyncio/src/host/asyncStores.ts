/** What the tasks of native code carry along of the code that has begun them. */

import { type Ambient, kernel } from "../kernel/state.ts";

/** What keeps the stores of tasks, from now on. Null where there is no `AsyncLocalStorage`: in browsers. */
export function asyncStores(): Ambient | null {
  kernel.ambient ??= kernel.makeAmbient?.() ?? null;
  return kernel.ambient;
}

/** The tasks that `make` makes keep the stores that are there now, and so do their own tasks. */
export function keepingStores<T>(make: () => T): T {
  const stores = asyncStores();
  if (stores === null || stores.everywhere) return make();
  stores.everywhere = true;
  try {
    return make();
  } finally {
    stores.everywhere = false;
  }
}
