import { type Coroutine, coroutine, createTask, Future, run, sleep } from "tsyncio";
import type { Form, Log } from "./shape.ts";

function* inner(log: Log): Coroutine<void> {
  try {
    yield* new Future<void>();
  } finally {
    log.entered();
    yield* sleep(0.001);
    log.ran("c1");
    yield* sleep(0.001);
    log.ran("c2");
  }
}

function* outer(log: Log): Coroutine<void> {
  yield* inner(log);
  log.ran("LEAK");
}

const wrappedInner = coroutine(inner);
const wrappedOuter = coroutine(function* wrappedOuter(log: Log) {
  yield* wrappedInner(log);
  log.ran("LEAK");
});

const cancelled = (make: (log: Log) => Coroutine<void>) => (log: Log) =>
  run(
    (function* main() {
      const task = createTask(make(log));
      yield* sleep(0.01);
      task.cancel();
      try {
        yield* task;
      } catch {}
    })(),
  );

export const tsyncio: Form[] = [
  { library: "tsyncio", form: "`try`/`finally`", cancelled: cancelled(outer) },
  {
    library: "tsyncio",
    form: "`try`/`finally` in `coroutine()`",
    formKo: "`coroutine()` 안의 `try`/`finally`",
    cancelled: cancelled(wrappedOuter),
  },
];
