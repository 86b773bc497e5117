"use tsyncio";
// A search box that may show the answer to an earlier question, under every order of the answers
import { createTask, gather, sleep } from "tsyncio";
import { explore } from "tsyncio/testing";
import { isMain } from "../lib/isMain.ts";

/** Stands for the server, which takes about this long. */
async function search(text: string) {
  await sleep(0.1);
  return `results for ${text}`;
}

class SearchBox {
  shown = "";

  async type(text: string) {
    this.shown = await search(text);
  }
}

class CarefulBox extends SearchBox {
  private wanted = "";

  override async type(text: string) {
    this.wanted = text;
    const answer = await search(text);
    if (this.wanted === text) this.shown = answer;
  }
}

async function typing(box: SearchBox) {
  const first = createTask(box.type("tea"), { name: "tea" });
  await sleep(0.05);
  const second = createTask(box.type("teapot"), { name: "teapot" });
  await gather(first, second);
  if (box.shown !== "results for teapot") throw new Error(`the box shows ${box.shown}`);
}

export function main(): void {
  for (const Box of [SearchBox, CarefulBox]) {
    console.log(`--- ${Box.name}, orders by chance`);
    const options = { seed: 1, iterations: 1000, timeMs: null, throws: false };
    const { failure, schedules, distinct } = explore(() => typing(new Box()), options);
    console.log(failure?.report ?? `no failure in ${schedules} schedules, ${distinct} of them different`);
  }
  console.log("--- CarefulBox, every order that there is");
  const all = explore(() => typing(new CarefulBox()), {
    strategy: { exhaustive: Number.POSITIVE_INFINITY },
    timeMs: null,
  });
  console.log(`no failure in ${all.schedules} schedules; complete: ${all.complete}`);
}

if (isMain(import.meta)) main();
