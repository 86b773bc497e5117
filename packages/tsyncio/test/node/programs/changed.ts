/** A program that hangs, and has changed what it is given: by the code that it is run with. */

import { createTask, Event, run, sleep } from "tsyncio";

const event = new Event();

function* waits() {
  yield* event.wait();
}

function* main() {
  createTask(waits(), { name: "waits" });
  yield* sleep(0.01);
  console.log("begins");
  new Function(process.argv[2] as string)();
  yield* event.wait();
}

const [open] = [setInterval(() => {}, 1e9)]; // hangs instead of ending with a DeadlockError
await run(main());
clearInterval(open);
