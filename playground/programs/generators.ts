// The generator form: `yield*` for `await`.
// It needs no compiler, and the types of TypeScript check it.
import { asyncWith, type Coroutine, run, sleep, type Task, TaskGroup } from "tsyncio";

function* square(n: number): Coroutine<number> {
  yield* sleep(n / 2);
  return n * n;
}

function* main() {
  let tasks: Task<number>[] = [];
  yield* asyncWith(new TaskGroup(), function* (group) {
    tasks = [1, 2, 3].map((n) => group.createTask(square(n), { name: `square of ${n}` }));
  });
  console.log(tasks.map((task) => task.result()));
}

await run(main());
