import { Effect, Fiber } from "effect";
import { type Form, type Log, pause, TO_WAIT } from "./shape.ts";

const step = (log: Log, name: "c1" | "c2") =>
  Effect.andThen(
    Effect.sleep(1),
    Effect.sync(() => log.ran(name)),
  );

const tryFinally = (log: Log) =>
  Effect.gen(function* () {
    try {
      yield* Effect.never;
    } finally {
      log.entered();
      yield* step(log, "c1");
      yield* step(log, "c2");
    }
  });

const ensuring = (log: Log) =>
  Effect.never.pipe(
    Effect.ensuring(
      Effect.gen(function* () {
        log.entered();
        yield* step(log, "c1");
        yield* step(log, "c2");
      }),
    ),
  );

const cancelled = (inner: (log: Log) => Effect.Effect<void>) => async (log: Log) => {
  const fiber = Effect.runFork(
    Effect.gen(function* () {
      yield* inner(log);
      log.ran("LEAK");
    }),
  );
  await pause(TO_WAIT);
  await Effect.runPromise(Fiber.interrupt(fiber));
};

export const effect: Form[] = [
  {
    library: "Effect",
    form: "`try`/`finally` in `Effect.gen`",
    formKo: "`Effect.gen` 안의 `try`/`finally`",
    cancelled: cancelled(tryFinally),
  },
  { library: "Effect", form: "`Effect.ensuring`", cancelled: cancelled(ensuring) },
];
