/** What may come next in a simulated run: one function for each model. Option 0 is always what `fifo` would do. */

import { Future } from "../kernel/future.ts";
import type { Runnable } from "../kernel/handle.ts";
import { Task } from "../kernel/task.ts";
import type { Candidates } from "./choices.ts";
import type { World } from "./world.ts";

/** As in the kernel: a timer is due when its deadline is less than this many seconds away. */
const RESOLUTION = 1e-9;
/** The events that are due may be passed over so many times in a row; then they come. */
const PATIENCE = 50;
/** A program that has been busy for so many iterations in a row has spent some time: the next event comes. */
const BUSY = 1000;

/** Nothing may: time jumps when all tasks wait. */
export function nextFifo(world: World): Runnable | null {
  const { _ready: ready } = world;
  if (world.todo <= 0) {
    if (ready.size === 0 && !letEventCome(world)) return null;
    takeDue(world);
    world.todo = ready.size;
  }
  world.todo--;
  return ready.shift();
}

/** The events of outside: between two iterations those that may come by now come in any order, or not yet. */
export function nextEvents(world: World): Runnable | null {
  if (world.settled) return nextFifo(world);
  const { _ready: ready, events, clock, choices } = world;
  if (world.todo <= 0) {
    if (events.size > 0 && ++world.busy > BUSY) come(world, 0);
    for (;;) {
      if (ready.size === 0) {
        if (events.size === 0 || world.quiet.length > 0) {
          if (!wakeQuiet(world)) return null;
          break;
        }
        clock.latest = Math.max(clock.latest, events.latest());
      }
      const bound = Math.max(Math.min(clock.latest, events.latest()), clock.time + RESOLUTION);
      const count = events.size === 0 ? 0 : events.countUpTo(bound);
      if (count === 0) break;
      const due = events.when(0) <= clock.time + RESOLUTION;
      let index: number;
      if (ready.size === 0) {
        index = count === 1 ? 0 : choices.pick(count, view.of(world, 0, count));
      } else if (due) {
        index = world.passedOver < PATIENCE ? choices.pick(count + 1, view.of(world, 0, count)) : 0;
        if (index === count) {
          world.passedOver++;
          break;
        }
      } else {
        index = choices.pick(count + 1, view.of(world, 1, count)) - 1;
        if (index < 0) break;
      }
      come(world, index);
    }
    world.todo = ready.size;
  }
  world.todo--;
  return ready.shift();
}

/** All of it: whatever is ready, or may come from outside. */
export function nextAny(world: World): Runnable | null {
  if (world.settled) return nextFifo(world);
  const { _ready: ready, events, clock, choices } = world;
  for (;;) {
    if (ready.size === 0) {
      if (events.size === 0 || world.quiet.length > 0) {
        if (!wakeQuiet(world)) return null;
      } else {
        clock.latest = Math.max(clock.latest, events.latest());
        const count = events.countUpTo(events.latest());
        come(world, count === 1 ? 0 : choices.pick(count, view.of(world, 0, count)));
      }
    }
    if (world.todo <= 0) {
      takeDue(world);
      world.todo = ready.size;
    }
    const possible = events.size === 0 ? 0 : events.countUpTo(Math.min(clock.latest, events.latest()));
    const count = ready.size + possible;
    const index = count === 1 ? 0 : choices.pick(count, view.of(world, ready.size, possible));
    if (index < ready.size) {
      world.todo--;
      return ready.take(index);
    }
    come(world, index - ready.size);
  }
}

/** The event at place `index` comes now. */
function come(world: World, index: number): void {
  world.passedOver = world.busy = 0;
  world.clock.reach(world.events.when(index));
  world._ready.push(world.events.take(index));
}

function takeDue(world: World): void {
  const { events, clock } = world;
  if (events.size > 0 && ++world.busy > BUSY) come(world, 0);
  while (events.size > 0 && events.when(0) <= clock.time + RESOLUTION) come(world, 0);
}

/** Nothing is ready: the first event, or those who wait for just that. False if there is neither. */
function letEventCome(world: World): boolean {
  const { events, clock } = world;
  if (world.quiet.length > 0) return wakeQuiet(world);
  if (events.size === 0) return false;
  clock.reach(events.when(0));
  return true;
}

/** All tasks are blocked: the first who waits for that goes on. */
function wakeQuiet(world: World): boolean {
  for (let future = world.quiet.shift(); future !== undefined; future = world.quiet.shift()) {
    if (future.done()) continue;
    future.setResult(undefined);
    return true;
  }
  return world._ready.size > 0;
}

/** The candidates of the choice that is being made. One object for all of them: nobody may keep it. */
class View implements Candidates {
  private world: World | null = null;
  /** How many ready ones come before the events: of model `events` the iteration under way counts as one. */
  private ahead = 0;
  private count = 0;

  of(world: World, ahead: number, count: number): this {
    this.world = world;
    this.ahead = ahead;
    this.count = count;
    return this;
  }

  candidate(index: number): Runnable {
    const { _ready: ready, events } = this.world as World;
    const event = index - this.ahead;
    if (event < 0) return ready.at(index);
    return event < this.count ? events.at(event) : ready.at(0);
  }
}

const view = new View();

/** Whose turn it would be: the task itself, or the one that a timer would wake. */
export function actorOf(runnable: Runnable): object {
  if (runnable instanceof Task || !(runnable instanceof Future)) return runnable;
  const waiter = runnable._waiters;
  return waiter instanceof Task ? waiter : runnable;
}
