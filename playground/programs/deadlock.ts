"use tsyncio";
// Each task holds the lock that the other one wants.
// In virtual time tsyncio sees that nothing can happen any more.
import { Lock, run, sleep, TaskGroup } from "tsyncio";

async function transfer(from: Lock, to: Lock) {
  await using _from = from;
  await sleep(1);
  await using _to = to;
}

async function main() {
  const [alice, bob] = [new Lock(), new Lock()];
  await using group = new TaskGroup();
  group.createTask(transfer(alice, bob), { name: "to Bob" });
  group.createTask(transfer(bob, alice), { name: "to Alice" });
}

await run(main());
