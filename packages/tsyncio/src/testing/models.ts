/** What may run next in a simulated run: one function for each model. Option 0 is always that of `fifo`. */

import { Future } from "../kernel/future.ts";
import type { ReadyQueue, Runnable } from "../kernel/queues/ready.ts";
import { CLOCK_RESOLUTION } from "../kernel/queues/timers.ts";
import { Task } from "../kernel/task.ts";
import type { Candidates, Choices } from "./choices.ts";
import type { SimulatedClock } from "./clock.ts";
import type { Events } from "./events.ts";

/** The state that a model reads and advances. */
export interface ModelState {
  readonly _ready: ReadyQueue;
  readonly events: Events;
  readonly choices: Choices;
  readonly clock: SimulatedClock;
  /** The tasks that wait until all others are blocked, in order of arrival. */
  readonly quiet: Future<void>[];
  /** Whether the rest of the run has the default order. */
  readonly settled: boolean;
  /** The number of ready runnables that belong to the current iteration. */
  todo: number;
  /** How often in a row a due event has been passed over. */
  passedOver: number;
  /** The number of iterations since the last event. */
  busy: number;
}

/** At most this many times in a row an event that is due may be passed over. */
const PATIENCE = 50;
/** After this many busy iterations in a row some time has been spent: the next event comes. */
const BUSY = 1000;

/** Model `"fifo"`: the default order; time jumps when all tasks wait. */
export function nextFifo(world: ModelState): Runnable | null {
  const { _ready: ready, events } = world;
  if (world.todo <= 0) {
    if (ready.size === 0) {
      if (events.size === 0 || world.quiet.length > 0) {
        if (!wakeQuiet(world)) return null;
      } else comeAsPlanned(world);
    }
    takeDue(world);
    world.todo = ready.size;
  }
  world.todo--;
  return ready.shift();
}

/**
 * The events of outside: which of them comes next, and which is late; and those that may have come by now come between
 * any two iterations. Steps take no time.
 */
export function nextEvents(world: ModelState): Runnable | null {
  if (world.settled) return nextFifo(world);
  const { _ready: ready, events, choices, clock } = world;
  if (world.todo <= 0) {
    if (ready.size === 0 && !letEventCome(world)) return null;
    spendTime(world);
    for (let count = events.possible(clock.time, places); count > 0; count = events.possible(clock.time, places)) {
      const due = events.at(0).plan <= clock.time + CLOCK_RESOLUTION;
      if (due && world.passedOver >= PATIENCE) comeAsPlanned(world);
      else if (!due) {
        const index = choices.pick(count + 1, view.of(world, 1, count));
        if (index === 0) break;
        come(world, places[index - 1] as number);
      } else {
        const index = choices.pick(count + 1, view.of(world, 0, count));
        if (index === count) {
          world.passedOver++;
          events.postpone(count);
          break;
        }
        come(world, places[index] as number);
      }
    }
    world.todo = ready.size;
  }
  world.todo--;
  return ready.shift();
}

/** All of it: whatever is ready, or may come from outside. */
export function nextAny(world: ModelState): Runnable | null {
  if (world.settled) return nextFifo(world);
  const { _ready: ready, events, choices, clock } = world;
  for (;;) {
    if (ready.size === 0 && !letEventCome(world)) return null;
    if (world.todo <= 0) {
      takeDue(world);
      world.todo = ready.size;
    }
    const possible = events.possible(clock.time, places);
    const count = ready.size + possible;
    const index = count === 1 ? 0 : choices.pick(count, view.of(world, ready.size, possible));
    if (index < ready.size) {
      world.todo--;
      return ready.take(index);
    }
    come(world, places[index - ready.size] as number);
  }
}

/**
 * Nothing is ready. The first event comes as planned; or another one that may come before the time of one has run out;
 * or the first is late. False if there is none.
 */
function letEventCome(world: ModelState): boolean {
  const { events, choices } = world;
  for (;;) {
    if (events.size === 0 || world.quiet.length > 0) return wakeQuiet(world);
    const count = events.possible(events.latest(), places);
    // Alone it would not be late for any other.
    const late = events.size > 1 && events.canBeLate(0) ? 1 : 0;
    const index = count + late === 1 ? 0 : choices.pick(count + late, view.of(world, 0, count));
    if (index < count) {
      if (index === 0) comeAsPlanned(world);
      else come(world, places[index] as number);
      return true;
    }
    events.postpone(1);
  }
}

/** The places of the events that may come, for the choice that is being made. */
const places: number[] = [];

function comeAsPlanned(world: ModelState): void {
  const { plan, timer } = world.events.take(0);
  world.clock.reach(plan);
  arrived(world, timer);
}

/** Lets the event come before those that were planned before it: they are late. */
function come(world: ModelState, place: number): void {
  const { when, timer } = world.events.take(place);
  world.events.postpone(place);
  world.clock.reach(when);
  arrived(world, timer);
}

function arrived(world: ModelState, timer: Runnable): void {
  world.passedOver = world.busy = 0;
  world._ready.push(timer);
}

/** An iteration begins. */
function spendTime(world: ModelState): void {
  if (world.events.size > 0 && ++world.busy > BUSY) comeAsPlanned(world);
}

function takeDue(world: ModelState): void {
  const { events, clock } = world;
  spendTime(world);
  while (events.size > 0 && events.at(0).plan <= clock.time + CLOCK_RESOLUTION) comeAsPlanned(world);
}

/** All tasks are blocked: the first that waits for that goes on. */
function wakeQuiet(world: ModelState): boolean {
  for (let future = world.quiet.shift(); future !== undefined; future = world.quiet.shift()) {
    if (future.done()) continue;
    future.setResult(undefined);
    return true;
  }
  return world._ready.size > 0;
}

/** The candidates of the current choice. One object serves all choices: it must not be kept. */
class View implements Candidates {
  private world: ModelState | null = null;
  /** The number of ready runnables, which come before the events. */
  private ahead = 0;
  private count = 0;

  of(world: ModelState, ahead: number, count: number): this {
    this.world = world;
    this.ahead = ahead;
    this.count = count;
    return this;
  }

  candidate(index: number): object {
    const { _ready: ready, events, clock } = this.world as ModelState;
    const event = index - this.ahead;
    if (event < 0) return ready.at(index);
    if (event < this.count) return events.at(places[event] as number).timer;
    return ready.size > 0 ? ready.at(0) : clock;
  }
}

const view = new View();

/** The task that would run: the runnable itself, or the task that a timer would wake. */
export function actorOf(candidate: object): object {
  if (candidate instanceof Task || !(candidate instanceof Future)) return candidate;
  const waiter = candidate._waiters;
  return waiter instanceof Task ? waiter : candidate;
}
