/** The async generators that a loop has to close. */

import type { EventLoop } from "../kernel/loop.ts";
import { kernel } from "../kernel/state.ts";
import { closeAsyncgens } from "./asyncGenClosing.ts";
import type { AsyncGenState } from "./asyncGenState.ts";

/** How many generators of a loop may be open before the collection of the older ones is watched, which has its cost. */
const UNWATCHED = 64;

const collected =
  typeof FinalizationRegistry === "undefined"
    ? null
    : /* @__PURE__ */ new FinalizationRegistry<AsyncGenState>((state) => {
        const { loop } = state;
        if (state.finished || loop === null || loop.isClosed()) return;
        loop.callSoonThreadsafe(() => loop.createTask(state.aclose()));
      });

/** Where each loop has come in watching, for loops that have ever had that many. */
const watched = new WeakMap<EventLoop, Iterator<AsyncGenState, undefined>>();

/**
 * The first use of a generator: from now on the running loop has to close it, at the latest in
 * `shutdownAsyncgens()`. Where many are open, also when they are collected; CPython does so always.
 */
export function beginUse(state: AsyncGenState, object: object): void {
  const loop = kernel.runningLoop;
  if (loop === null || state.finished) return;
  if (loop._asyncgensShutdown && loop.getDebug()) {
    loop._report(`${state} was scheduled after loop.shutdownAsyncgens() call`);
  }
  state.loop = loop;
  state.object = object;
  loop._closeAsyncgens = closeAsyncgens;
  loop._asyncgens.add(state);
  if (loop._asyncgens.size > UNWATCHED && collected !== null) watchOldest(loop, collected);
}

function watchOldest(loop: EventLoop, registry: FinalizationRegistry<AsyncGenState>): void {
  const oldest = watched.get(loop) ?? (loop._asyncgens.values() as Iterator<AsyncGenState, undefined>);
  watched.set(loop, oldest);
  const state = oldest.next().value;
  if (state === undefined || state.object === null || state.object instanceof WeakRef) return;
  registry.register(state.object, state);
  state.object = new WeakRef(state.object);
  state.weaken();
}
