"use tsyncio";
import { createTask, Future, run, sleep } from "tsyncio";
import type { Form, Log } from "./shape.ts";

async function inner(log: Log): Promise<void> {
  try {
    await new Future<void>();
  } finally {
    log.entered();
    await sleep(0.001);
    log.ran("c1");
    await sleep(0.001);
    log.ran("c2");
  }
}

async function outer(log: Log): Promise<void> {
  await inner(log);
  log.ran("LEAK");
}

async function main(log: Log): Promise<void> {
  const task = createTask(outer(log));
  await sleep(0.01);
  task.cancel();
  await task.catch(() => {});
}

export const tsyncioNative: Form[] = [
  {
    library: "tsyncio",
    form: "`try`/`finally` in native syntax",
    formKo: "네이티브 문법의 `try`/`finally`",
    cancelled: (log) => run(main(log)),
  },
];
