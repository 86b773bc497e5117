import { type Form, type Log, pause, TO_WAIT } from "./shape.ts";

/** A wait that knows the signal, as every single one must. */
const waitForEver = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

async function inner(signal: AbortSignal, log: Log): Promise<void> {
  try {
    await waitForEver(signal);
  } finally {
    log.entered();
    await pause();
    log.ran("c1");
    await pause();
    log.ran("c2");
  }
}

async function outer(signal: AbortSignal, log: Log): Promise<void> {
  await inner(signal, log);
  log.ran("LEAK");
}

async function cancelled(log: Log): Promise<void> {
  const controller = new AbortController();
  const promise = outer(controller.signal, log).catch(() => {});
  await pause(TO_WAIT);
  controller.abort();
  await promise;
}

export const native: Form[] = [
  {
    library: "`async`/`await`",
    form: "`try`/`finally`, a signal handed to every wait",
    formKo: "`try`/`finally`, 기다릴 때마다 `signal`을 직접 전달",
    cancelled,
  },
];
