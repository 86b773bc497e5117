/**
 * What the engine takes for a row whatever the runtime is: the generators, objects, errors and sets that tsyncio makes
 * for it too, driven by plain loops without a queue, states or checks. What is above it is tsyncio's own.
 */
import { measure } from "../measure.ts";
import { copies, delays } from "../workloads.ts";

type Body = Generator<undefined, number, unknown>;

/** As large as a `Future`. */
class FutureSized {
  state = 0;
  value: unknown = undefined;
  waiter: TaskSized<object> | null = null;
  loop: object = LOOP;
}

/** As large as a `Task`. */
class TaskSized<B extends object> extends FutureSized {
  body: B;
  frame = null;
  context: object = LOOP;
  name: number;
  flags = 0;
  waitsFor: FutureSized | null = null;
  previous: TaskSized<B> | null = null;
  next: TaskSized<B> | null = null;

  constructor(body: B, name: number) {
    super();
    this.body = body;
    this.name = name;
  }
}

const LOOP = {};
const SUSPENDED: IteratorResult<undefined, never> = { done: false, value: undefined };

/** What `yield*` iterates: suspends once, throws what is thrown into it. */
class Wait implements Iterator<undefined, unknown> {
  private readonly future: FutureSized;
  private begun = false;

  constructor(future: FutureSized) {
    this.future = future;
  }
  [Symbol.iterator](): this {
    return this;
  }
  next(): IteratorResult<undefined, unknown> {
    if (this.begun) return { done: true, value: this.future };
    this.begun = true;
    return SUSPENDED;
  }
  throw(error: unknown): never {
    throw error;
  }
}

/** `sleep(0)` makes no object. */
const TURN = {
  [Symbol.iterator]: () => TURN,
  next: (value?: unknown): IteratorResult<undefined, unknown> => (value === undefined ? SUSPENDED : DONE),
};
const DONE: IteratorResult<undefined, undefined> = { done: true, value: undefined };

class Cancelled {
  message = "";
  task: object | null = null;
}

/** A sleep and its timer. */
class Sleep {
  wait: FutureSized | null = null;
  value = undefined;
  delay: number;

  constructor(delay: number) {
    this.delay = delay;
  }
}

class Alarm extends FutureSized {
  owner: Sleep;
  timer = 0;
  when: number;

  constructor(owner: Sleep, when: number) {
    super();
    this.owner = owner;
    this.when = when;
  }
}

function* once(): Body {
  yield* TURN;
  return 1;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const tasksOf = (bodies: readonly Body[]): TaskSized<Body>[] => bodies.map((body, i) => new TaskSized(body, i));
/** An error costs less where native code is around, as around most turns of a loop: see `TurnHost`. */
const inMicrotask = <T>(run: () => T): Promise<T> => Promise.resolve().then(run);

await measure({
  fanout: (count) =>
    inMicrotask(() => {
      const tasks = tasksOf(copies(count, once));
      for (const { body } of tasks) body.next();
      for (const task of tasks) task.value = task.body.next(TURN).value;
      return sum(tasks.map(({ value }) => value as number));
    }),

  closure: (count) =>
    inMicrotask(() => {
      const prototype = Object.create(Object.getPrototypeOf(once).prototype);
      let done = 0;
      for (let i = 0; i < count; i += 1) {
        const one = function* (): Body {
          return i - i + 1;
        };
        one.prototype = prototype;
        done += one().next().value as number;
      }
      return done;
    }),

  timers: (count) =>
    inMicrotask(() => {
      const due: TaskSized<Sleep>[][] = copies(51, () => []);
      const tasks = delays(count).map((delay, i) => {
        const task = new TaskSized(new Sleep(delay / 1000), i);
        due[delay]?.push(task);
        return task;
      });
      for (const task of tasks) {
        const { body: sleep } = task;
        const alarm = new Alarm(sleep, performance.now() / 1000 + sleep.delay);
        alarm.waiter = task;
        task.waitsFor = sleep.wait = alarm;
      }
      for (const line of due) {
        for (const task of line) {
          (task.waitsFor as FutureSized).state = 1;
          task.waitsFor = null;
          task.state = 1;
        }
      }
      return new Set(tasks).size;
    }),

  cancel: (count) =>
    inMicrotask(() => {
      let ended = 0;
      function* block(): Body {
        try {
          yield* new Wait(new FutureSized());
        } finally {
          ended += 1;
        }
        return 1;
      }
      const tasks = tasksOf(copies(count, block));
      for (const { body } of tasks) body.next();
      for (const task of tasks) {
        try {
          task.body.throw(new Cancelled());
        } catch (error) {
          task.value = error;
        }
      }
      return new Set(tasks).size === ended ? ended : 0;
    }),
});
