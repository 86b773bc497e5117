/** tsyncio with coroutines that are plain `function*`, where that makes a difference. */
import { type Coroutine, gather, run, sleep } from "tsyncio";
import { measure } from "../measure.ts";
import { copies } from "../workloads.ts";

function* beneath(frames: number, times: number): Coroutine<number> {
  if (frames === 0) {
    for (let i = 0; i < times; i += 1) yield* sleep(0);
    return times;
  }
  return yield* beneath(frames - 1, times);
}

function* trivial(): Coroutine<number> {
  return 1;
}

await measure({
  closure: (count) =>
    run(
      (function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) {
          const one = function* () {
            return i - i + 1;
          };
          done += yield* one();
        }
        return done;
      })(),
    ),

  call: (count) =>
    run(
      (function* () {
        let done = 0;
        for (let i = 0; i < count; i += 1) done += yield* trivial();
        return done;
      })(),
    ),

  deep: (count) =>
    run(
      (function* () {
        const tasks = yield* gather(...copies(100, () => beneath(10, count / 100)));
        return tasks.reduce((a, b) => a + b, 0);
      })(),
    ),
});
