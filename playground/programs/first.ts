"use tsyncio";
// In a module that begins like this, async and await are tsyncio's.
import { createTask, run, sleep } from "tsyncio";

async function greet(name: string, seconds: number) {
  await sleep(seconds);
  console.log(`Hello, ${name}!`);
}

async function main() {
  console.log("Two tasks, at the same time:");
  const ann = createTask(greet("Ann", 2), { name: "Ann" });
  const bob = createTask(greet("Bob", 1), { name: "Bob" });
  await ann;
  await bob;
  console.log("Both have been greeted.");
}

await run(main());
