"use tsyncio";
// TaskGroup: the block ends when all its tasks have; when one fails, the others are cancelled.
// Python: python/taskGroup.py. Generator form: generators/taskGroup.ts.
// Not in the notes: gather() in its newer form.
// `async with asyncio.TaskGroup() as group:` is `await using`, `except* ValueError` is exceptStar().
import { exceptStar, isCancelled, run, sleep, type Task, TaskGroup, ValueError } from "tsyncio";
import { isMain } from "./lib/isMain.ts";

async function job(name: string, seconds: number, fails = false) {
  try {
    await sleep(seconds);
    if (fails) throw new ValueError(`${name} failed`);
    console.log(`${name} done`);
    return name;
  } catch (error) {
    if (isCancelled(error)) console.log(`${name} cancelled`);
    throw error;
  }
}

export async function main() {
  let task1: Task<string>;
  let task2: Task<string>;
  {
    await using group = new TaskGroup();
    task1 = group.createTask(job("a", 1));
    task2 = group.createTask(job("b", 2));
  }
  console.log("results:", task1.result(), task2.result());

  try {
    await using group = new TaskGroup();
    group.createTask(job("c", 3));
    group.createTask(job("d", 1, true));
  } catch (error) {
    exceptStar(error, [
      ValueError,
      (errors) => {
        const messages = errors.exceptions.map((e) => (e as ValueError).message);
        console.log("errors:", messages);
      },
    ]);
  }
}

if (isMain(import.meta)) await run(main());
