// What the compiler says about jobs. Checked by tsc; never run.
import { type Coroutine, getRunningLoop, partial, toThread } from "tsyncio";
import { blocking, type Job, type MapResults, ThreadPoolExecutor } from "tsyncio/executors";

const add = blocking(import.meta, (a: number, b = 1): number => a + b, { name: "add" });
const read = blocking(import.meta, async (path: string): Promise<string> => path, { name: "read" });
const echo = blocking(import.meta, <T>(value: T): T => value, { name: "echo" });
const pool = new ThreadPoolExecutor({ maxWorkers: 2, initializer: read, initargs: ["x"] });

export function* jobsHaveTheTypesOfTheirFunctions(): Coroutine<void> {
  const one: Job<number> = pool.submit(add, 1, 2);
  const two: Job<number> = pool.submit(add, 1);
  const text: Job<string> = pool.submit(read, "a");
  const same: Job<string> = pool.submit(echo<string>, "a");
  const sum: number = yield* one;
  const content: string = yield* getRunningLoop().runInExecutor(null, read, "a");
  const fixed: number = yield* toThread(partial(add, 1), 2);
  const all: MapResults<number> = pool.map(add, [1, 2], new Set([3, 4]), { timeout: 5 });
  void [two, text, same, sum, content, fixed, all];

  // @ts-expect-error a wrong argument
  pool.submit(add, "1");
  // @ts-expect-error an argument too many
  pool.submit(read, "a", 1);
  // @ts-expect-error a result of another type
  const wrong: Job<string> = pool.submit(add, 1, 2);
  // @ts-expect-error items of another type
  pool.map(add, ["a"], [1]);
  // @ts-expect-error import.meta is missing
  blocking(function f() {});
  void wrong;
}
