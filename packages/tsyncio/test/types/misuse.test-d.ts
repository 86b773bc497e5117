/** What must not compile. Checked by tsc: a `@ts-expect-error` above a line without an error is an error itself. */

import {
  asyncWith,
  type Coroutine,
  coroutine,
  createTask,
  type EventLoop,
  ensureFuture,
  type Future,
  gather,
  Runner,
  run,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  wait,
  waitFor,
} from "tsyncio";

function* good() {
  yield* sleep(1);
  return 1;
}
const promise = Promise.resolve(1);
async function native() {
  return 1;
}

// ---- `yield` without the star: the type of what is yielded is wrong where the coroutine is used

function* yieldsNumber() {
  yield 1;
}
function* yieldsNothing() {
  yield;
}
function* yieldsPromise() {
  yield promise;
}
function* yieldsCoroutine() {
  yield good();
}
function* yieldsFuture(future: Future<number>) {
  yield future;
}
function* yieldsAmongOthers() {
  yield* sleep(1);
  yield sleep(1);
  return "x";
}

function inATask(loop: EventLoop, future: Future<number>) {
  // @ts-expect-error a number is yielded
  createTask(yieldsNumber());
  // @ts-expect-error undefined is yielded
  createTask(yieldsNothing());
  // @ts-expect-error a promise is yielded
  createTask(yieldsPromise());
  // @ts-expect-error a coroutine is yielded
  createTask(yieldsCoroutine());
  // @ts-expect-error a future is yielded
  createTask(yieldsFuture(future));
  // @ts-expect-error one `yield` among others
  createTask(yieldsAmongOthers());
  // @ts-expect-error a number is yielded
  loop.createTask(yieldsNumber());
  // @ts-expect-error a number is yielded
  run(yieldsNumber());
  // @ts-expect-error a promise is yielded
  run(yieldsPromise());
  // @ts-expect-error a number is yielded
  new Runner().run(yieldsNumber());
  // @ts-expect-error a number is yielded
  loop.runUntilComplete(yieldsNumber());
  // @ts-expect-error a number is yielded
  new TaskGroup().createTask(yieldsNumber());
  // @ts-expect-error a number is yielded
  gather(good(), yieldsNumber());
  // @ts-expect-error a number is yielded
  waitFor(yieldsNumber(), 1);
  // @ts-expect-error a number is yielded
  shield(yieldsNumber());
  // @ts-expect-error a number is yielded
  ensureFuture(yieldsNumber());
  // @ts-expect-error a number is yielded
  wait([yieldsNumber()]);
  // @ts-expect-error a number is yielded
  coroutine(yieldsNumber);
  // @ts-expect-error a number is yielded in the body
  asyncWith(timeout(1), function* () {
    yield 1;
  });
  // @ts-expect-error not a coroutine
  const wrong: Coroutine<void> = yieldsNumber();
  return wrong;
}

// ---- `yield*` of what cannot be awaited

function* star() {
  // @ts-expect-error a promise: fromPromise(promise)
  yield* promise;
  // @ts-expect-error a function that is not called
  yield* good;
  // @ts-expect-error an async function that is called
  yield* native();
  // @ts-expect-error a number
  yield* 5;
  // @ts-expect-error nothing
  yield* undefined;
}

/** Arrays and strings are iterable: the error comes where the coroutine is used. */
function* starOfList() {
  yield* [sleep(1), sleep(2)];
}

// ---- other things in place of coroutines

function wrongThings(loop: EventLoop, task: Task<number>, numbers: Generator<number>) {
  // @ts-expect-error a function that is not called
  createTask(good);
  // @ts-expect-error a promise
  createTask(promise);
  // @ts-expect-error an async function that is called
  createTask(native());
  // @ts-expect-error a string
  createTask("good");
  // @ts-expect-error a generator of numbers
  createTask(numbers);
  // @ts-expect-error a list
  createTask([good()]);
  // @ts-expect-error a task is no coroutine
  createTask(task);
  // @ts-expect-error an array is iterable, but no coroutine
  createTask(starOfList());
  // @ts-expect-error a function that is not called
  run(good);
  // @ts-expect-error a promise
  run(promise);
  // @ts-expect-error a generator of numbers
  run(numbers);
  // @ts-expect-error two lists, where one is wanted
  gather([good()], [good()]);
  // @ts-expect-error a promise in the list
  gather([good(), promise]);
  // @ts-expect-error a set, which is no list
  gather(new Set([good()]));
  // @ts-expect-error an option that there is not
  gather([good()], { returnExeptions: true });
  // @ts-expect-error a promise among awaitables
  gather(good(), promise);
  // @ts-expect-error arguments, where a list is wanted
  wait(good(), good());
  // @ts-expect-error a promise in the list
  wait([promise]);
  // @ts-expect-error no timeout: null means without end
  waitFor(good());
  // @ts-expect-error a text as time
  waitFor(good(), "5");
  // @ts-expect-error a text as time
  sleep("1");
  // @ts-expect-error a text as time
  timeout("1");
  // @ts-expect-error an option that there is not
  gather(good(), { returnExeptions: true });
  // @ts-expect-error an option that there is not
  createTask(good(), { nam: "x" });
  // @ts-expect-error a name, where options are wanted
  createTask(good(), "x");
  // @ts-expect-error not one of the three
  wait([task], { returnWhen: "first_completed" });
  // @ts-expect-error a task's result is its coroutine's
  const text: string = task.result();
  // @ts-expect-error a plain function that returns a number; one that returns a coroutine is refused when it runs
  coroutine(() => 1);
  // @ts-expect-error an async function
  coroutine(native);
  // @ts-expect-error a coroutine is no callback
  loop.callSoon(good());
  // @ts-expect-error a number is no callback
  loop.callLater(1, 5);
  // @ts-expect-error of another type than the future's
  loop.createFuture<number>().setResult("x");
  return text;
}

// ---- the result is of the wrong type

function* results() {
  // @ts-expect-error a number, not a string
  const wrong: string = yield* good();
  // @ts-expect-error a tuple in this order
  const tuple: [string, number] = yield* gather(good(), sleep(1, "x"));
  // @ts-expect-error may be an error
  const [outcome]: [number] = yield* gather(good(), { returnExceptions: true });
  // @ts-expect-error of the wrong type
  const annotated: Coroutine<string> = good();
  return [wrong, tuple, outcome, annotated];
}

void [inATask, star, wrongThings, results];
