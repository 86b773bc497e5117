/** The whole program in one module, under the guard. */
import { run, toThread } from "tsyncio";
import { blocking, isMain } from "tsyncio/executors";

const square = blocking(import.meta, function square(n: number): number {
  return n * n;
});

function* main() {
  console.log("result", yield* toThread(square, 12));
}

if (isMain(import.meta)) await run(main());
