"use tsyncio";
// 기다리지 않고 다음 손님에게 간다: 세 곳 모두 5초
import { createTask, getRunningLoop, run, sleep } from "tsyncio";

async function delivery(name: string, mealtime: number) {
  console.log(`${name}에게 배달완료!`);
  await sleep(mealtime);
  console.log(`${name} 식사 완료, ${mealtime}시간 소요...`);
  console.log(`${name} 그릇 수거 완료`);
}

async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  const tasks = [
    createTask(delivery("A", 5), { name: "A" }),
    createTask(delivery("B", 3), { name: "B" }),
    createTask(delivery("C", 4), { name: "C" }),
  ];
  for (const task of tasks) await task;
  console.log((loop.time() - start).toFixed(2));
}

await run(main());
