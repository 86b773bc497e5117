import { flow } from "mobx";
import { type Form, forEver, type Log, pause, TO_WAIT } from "./shape.ts";

function* inner(log: Log): Generator<Promise<void>, void> {
  try {
    yield forEver;
  } finally {
    log.entered();
    yield pause();
    log.ran("c1");
    yield pause();
    log.ran("c2");
  }
}

const outer = flow(function* (log: Log) {
  yield* inner(log);
  log.ran("LEAK");
});

async function cancelled(log: Log): Promise<void> {
  const promise = outer(log);
  promise.catch(() => {}); // FLOW_CANCELLED
  await pause(TO_WAIT);
  promise.cancel();
}

export const mobx: Form[] = [
  { library: "MobX", form: "`try`/`finally` in `flow`", formKo: "`flow` 안의 `try`/`finally`", cancelled },
];
