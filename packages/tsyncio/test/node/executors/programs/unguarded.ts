/** As guard.ts, but without the guard. */
import { run, toThread } from "tsyncio";
import { blocking } from "tsyncio/executors";

const square = blocking(import.meta, function square(n: number): number {
  return n * n;
});

function* main() {
  console.log("result", yield* toThread(square, 12));
}

await run(main());
