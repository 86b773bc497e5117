/** Requests to an async generator whose body is under way stand in line, as JavaScript's do. */

import type { AsyncGenState } from "../iteration/asyncGenState.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";

interface Place {
  future: Future<void> | null;
}

const lines = new WeakMap<AsyncGenState, Place[]>();

/** True if a request has to stand in line. */
export function isBusy(state: AsyncGenState): boolean {
  return state.running || state.whenFree !== null;
}

/** Waits until the generator is free and all that came before have been served. */
export function* turnOf(state: AsyncGenState): Coroutine<void> {
  const line = lineOf(state);
  const owner: WaitOwner = { describeWait: () => `its turn at ${state}` };
  const place: Place = { future: null };
  line.push(place);
  let served = false;
  try {
    do {
      place.future = createWaiter<void>(currentLoop(), owner);
      yield* place.future;
    } while (state.running || line[0] !== place);
    served = true;
  } finally {
    line.splice(line.indexOf(place), 1);
    if (line.length === 0) state.whenFree = null;
    else if (!served) wake(line);
  }
}

function lineOf(state: AsyncGenState): Place[] {
  const line = lines.get(state) ?? [];
  lines.set(state, line);
  state.whenFree = () => wake(line);
  return line;
}

function wake([first]: readonly Place[]): void {
  const future = first?.future;
  if (future != null && !future.done()) future.setResult();
}
