"use tsyncio";
// The block ends when all of its tasks have. When one fails,
// the others are cancelled, and all errors arrive together.
import { ExceptionGroup, isCancelled, run, sleep, TaskGroup, ValueError } from "tsyncio";

async function job(name: string, seconds: number, fails = false) {
  try {
    await sleep(seconds);
    if (fails) throw new ValueError(`${name} failed`);
    console.log(`${name} done`);
  } catch (error) {
    if (isCancelled(error)) console.log(`${name} cancelled`);
    throw error;
  }
}

async function main() {
  try {
    await using group = new TaskGroup();
    group.createTask(job("a", 1), { name: "a" });
    group.createTask(job("b", 2, true), { name: "b" });
    group.createTask(job("c", 3), { name: "c" });
  } catch (error) {
    if (!(error instanceof ExceptionGroup)) throw error;
    console.log("errors:", error.exceptions.map(String));
  }
}

await run(main());
