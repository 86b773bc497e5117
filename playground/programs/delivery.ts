"use tsyncio";
// 배달부가 손님이 다 먹을 때까지
// 현관 앞에서 기다린다: 5 + 3 + 4 = 12초
import { getRunningLoop, run, sleep } from "tsyncio";

async function delivery(name: string, mealtime: number) {
  console.log(`${name}에게 배달완료!`);
  await sleep(mealtime);
  console.log(`${name} 식사 완료, ${mealtime}시간 소요...`);
  console.log(`${name} 그릇 수거 완료`);
}

async function main() {
  const loop = getRunningLoop();
  const start = loop.time();
  await delivery("A", 5);
  await delivery("B", 3);
  await delivery("C", 4);
  console.log((loop.time() - start).toFixed(2));
}

await run(main());
