import { ensure, type Operation, run, sleep, suspend } from "effection";
import { type Form, type Log, pause, TO_WAIT } from "./shape.ts";

function* cleanUp(log: Log): Operation<void> {
  log.entered();
  yield* sleep(1);
  log.ran("c1");
  yield* sleep(1);
  log.ran("c2");
}

function* tryFinally(log: Log): Operation<void> {
  try {
    yield* suspend();
  } finally {
    yield* cleanUp(log);
  }
}

function* ensured(log: Log): Operation<void> {
  yield* ensure(() => cleanUp(log));
  yield* suspend();
}

const cancelled = (inner: (log: Log) => Operation<void>) => async (log: Log) => {
  const task = run(function* outer() {
    yield* inner(log);
    log.ran("LEAK");
  });
  task.catch(() => {}); // It says that it was halted.
  await pause(TO_WAIT);
  await task.halt();
};

export const effection: Form[] = [
  { library: "Effection", form: "`try`/`finally`", cancelled: cancelled(tryFinally) },
  { library: "Effection", form: "`ensure()`", cancelled: cancelled(ensured) },
];
