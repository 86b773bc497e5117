import { runSaga } from "redux-saga";
import { call, delay } from "redux-saga/effects";
import { type Form, forEver, type Log, pause, TO_WAIT } from "./shape.ts";

type Saga = Generator<unknown, void, unknown>;

function* inner(log: Log): Saga {
  try {
    yield forEver;
  } finally {
    log.entered();
    yield delay(1);
    log.ran("c1");
    yield delay(1);
    log.ran("c2");
  }
}

function* delegating(log: Log): Saga {
  yield* inner(log);
  log.ran("LEAK");
}

function* calling(log: Log): Saga {
  yield call(inner, log);
  log.ran("LEAK");
}

const cancelled = (outer: (log: Log) => Saga) => async (log: Log) => {
  const task = runSaga({}, outer, log);
  await pause(TO_WAIT);
  task.cancel();
};

export const reduxSaga: Form[] = [
  { library: "redux-saga", form: "`try`/`finally`, `yield*`", cancelled: cancelled(delegating) },
  { library: "redux-saga", form: "`try`/`finally`, `yield call()`", cancelled: cancelled(calling) },
];
