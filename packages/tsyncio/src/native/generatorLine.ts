/** Requests to an async generator whose body is under way stand in line, as JavaScript's do. */

import type { AsyncGenState } from "../iteration/asyncGenState.ts";
import { currentLoop, type Future } from "../kernel/future.ts";
import type { Coroutine } from "../kernel/protocol.ts";
import { createWaiter, type WaitOwner } from "../kernel/waiter.ts";

const lines = new WeakMap<AsyncGenState, Future<void>[]>();

/**
 * Waits until the generator is free and all that came before have been served. For a generator that is running, and
 * runs from the moment of its turn on: no other can begin before the task that has waited does.
 */
export function* turnOf(state: AsyncGenState): Coroutine<void> {
  const owner: WaitOwner = { describeWait: () => `its turn at ${state}` };
  const turn = createWaiter<void>(currentLoop(), owner);
  const line = lineOf(state);
  line.push(turn);
  let served = false;
  try {
    yield* turn;
    served = true;
  } finally {
    if (turn.cancelled() || !turn.done()) leave(state, line, turn);
    else if (served) state.running = false;
    else state.free();
  }
}

function lineOf(state: AsyncGenState): Future<void>[] {
  const line = lines.get(state) ?? [];
  lines.set(state, line);
  state.whenFree = () => callNext(state, line);
  return line;
}

function callNext(state: AsyncGenState, line: Future<void>[]): void {
  const turn = line.shift();
  if (turn === undefined) state.whenFree = null;
  else if (turn.done()) callNext(state, line);
  else {
    state.running = true;
    turn.setResult();
  }
}

function leave(state: AsyncGenState, line: Future<void>[], turn: Future<void>): void {
  const place = line.indexOf(turn);
  if (place >= 0) line.splice(place, 1);
  if (line.length === 0) state.whenFree = null;
}
