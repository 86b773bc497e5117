import Bluebird from "bluebird";
import { type Form, type Log, pause, TO_WAIT } from "./shape.ts";

Bluebird.config({ cancellation: true });

function* inner(log: Log): Generator<unknown, void> {
  try {
    yield new Bluebird(() => {});
  } finally {
    log.entered();
    yield Bluebird.delay(1);
    log.ran("c1");
    yield Bluebird.delay(1);
    log.ran("c2");
  }
}

const outer = Bluebird.coroutine(function* (log: Log) {
  yield* inner(log);
  log.ran("LEAK");
});

async function cancelled(log: Log): Promise<void> {
  const promise = outer(log);
  await pause(TO_WAIT);
  promise.cancel();
}

export const bluebird: Form[] = [
  {
    library: "Bluebird",
    form: "`try`/`finally` in `Promise.coroutine`",
    formKo: "`Promise.coroutine` 안의 `try`/`finally`",
    cancelled,
  },
];
