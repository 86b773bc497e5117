"use tsyncio";
// Each philosopher takes the left fork, then the right one.
// It goes well today. Does it always? "Find a race" knows.
import { Lock, run, sleep, TaskGroup } from "tsyncio";

const NAMES = ["Aristotle", "Hypatia", "Kant"];

async function dine(name: string, left: Lock, right: Lock, thinks: number) {
  await sleep(thinks);
  await using _left = left;
  await sleep(0.2); // reaches for the other one
  await using _right = right;
  console.log(`${name} eats`);
  await sleep(1);
}

async function main() {
  const forks = NAMES.map(() => new Lock());
  await using table = new TaskGroup();
  NAMES.forEach((name, i) => {
    const [left, right] = [forks[i] as Lock, forks[(i + 1) % forks.length] as Lock];
    table.createTask(dine(name, left, right, 1 + i / 2), { name });
  });
}

await run(main());
