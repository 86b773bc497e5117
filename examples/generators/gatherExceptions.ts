// gather() when a task fails: errors in the list, or thrown, or the others cancelled.
// Python: ../python/gatherExceptions.py. Native syntax: ../gatherExceptions.ts.
// Note: "async", gather, 특징.
// Only tsyncio has `cancelOnError`, which is what the note describes.
import { gather, isCancelled, run, sleep, ValueError } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* myTask(number: number) {
  try {
    yield* sleep(number);
    if (number === 1) throw new ValueError(`job ${number} failed`);
    console.log(`job ${number} done`);
    return `result of job ${number}`;
  } catch (error) {
    if (isCancelled(error)) console.log(`job ${number} cancelled`);
    throw error;
  }
}

export function* main() {
  const tasks = () => [0, 1, 2].map((i) => myTask(i));

  // Errors stand in the list.
  console.log(yield* gather(...tasks(), { returnExceptions: true }));

  // The default: the first error is thrown, and the other tasks go on.
  try {
    yield* gather(...tasks());
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    console.log(`error: ${error.message}`);
  }
  yield* sleep(1);

  // The first error cancels the other tasks, and is thrown when they have ended.
  try {
    yield* gather(...tasks(), { cancelOnError: true });
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    console.log(`error: ${error.message}`);
  }
}

if (isMain(import.meta)) await run(main());
