import { CAF } from "caf";
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

const outer = CAF(function* (_signal: AbortSignal, log: Log) {
  yield* inner(log);
  log.ran("LEAK");
});

async function cancelled(log: Log): Promise<void> {
  const token = new CAF.cancelToken();
  outer(token, log).catch(() => {}); // It is rejected with the reason of the abort.
  await pause(TO_WAIT);
  token.abort();
}

export const caf: Form[] = [{ library: "CAF", form: "`try`/`finally`", cancelled }];
