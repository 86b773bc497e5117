// TaskGroup: the block ends when all its tasks have; when one fails, the others are cancelled.
// Python: ../python/taskGroup.py. Native syntax: ../taskGroup.ts.
// Not in the notes: gather() in its newer form.
// `async with asyncio.TaskGroup() as group:` and `except* ValueError`
import { asyncWith, exceptStar, isCancelled, run, sleep, type Task, TaskGroup, ValueError } from "tsyncio";
import { isMain } from "../lib/isMain.ts";

function* job(name: string, seconds: number, fails = false) {
  try {
    yield* sleep(seconds);
    if (fails) throw new ValueError(`${name} failed`);
    console.log(`${name} done`);
    return name;
  } catch (error) {
    if (isCancelled(error)) console.log(`${name} cancelled`);
    throw error;
  }
}

export function* main() {
  const tasks: Task<string>[] = [];
  yield* asyncWith(new TaskGroup(), function* (group) {
    tasks.push(group.createTask(job("a", 1)), group.createTask(job("b", 2)));
  });
  console.log("results:", ...tasks.map((task) => task.result()));

  try {
    yield* asyncWith(new TaskGroup(), function* (group) {
      group.createTask(job("c", 3));
      group.createTask(job("d", 1, true));
    });
  } catch (error) {
    exceptStar(error, [
      ValueError,
      (group) => {
        const messages = group.exceptions.map((e) => (e as ValueError).message);
        console.log("errors:", messages);
      },
    ]);
  }
}

if (isMain(import.meta)) await run(main());
