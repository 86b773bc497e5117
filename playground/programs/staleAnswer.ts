"use tsyncio";
// A search box: each key asks the server.
// Press "Find a race" to see an answer that comes too late.
import { createTask, gather, run, sleep } from "tsyncio";

async function search(text: string) {
  await sleep(0.1); // stands for the server, which takes about this long
  return `results for ${text}`;
}

class SearchBox {
  shown = "";

  async type(text: string) {
    this.shown = await search(text);
  }
}

async function main() {
  const box = new SearchBox();
  const first = createTask(box.type("tea"), { name: "tea" });
  await sleep(0.05); // the user types on
  const second = createTask(box.type("teapot"), { name: "teapot" });
  await gather(first, second);
  console.log(`The box shows ${box.shown}.`);
  if (box.shown !== "results for teapot") throw new Error(`the box shows ${box.shown}`);
}

await run(main());
