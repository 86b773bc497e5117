"use tsyncio";
// A cache that asks its server once for each key: three tries, and what exploring finds in the first two
import { createTask, currentTask, isCancelled, shield, sleep, type Task, wait } from "tsyncio";
import { explore, type Simulation } from "tsyncio/testing";
import { isMain } from "../lib/isMain.ts";

class Server {
  asked = 0;

  async page(name: string) {
    this.asked++;
    await sleep(0.1);
    return `<h1>${name}</h1>`;
  }
}

interface Cache {
  get(name: string): Promise<string>;
}

/** Looks, then asks: a task that comes before the answer asks again. */
class Naive implements Cache {
  private readonly pages = new Map<string, string>();
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  async get(name: string) {
    const known = this.pages.get(name);
    if (known !== undefined) return known;
    const page = await this.server.page(name);
    this.pages.set(name, page);
    return page;
  }
}

/** All wait for the first one's question: when a visitor leaves, it is cancelled for all of them. */
class Shared implements Cache {
  protected readonly questions = new Map<string, Task<string>>();
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  async get(name: string) {
    return await this.question(name);
  }

  protected question(name: string): Task<string> {
    const known = this.questions.get(name);
    if (known !== undefined) return known;
    const task = createTask(this.server.page(name), { name: `question for ${name}` });
    this.questions.set(name, task);
    return task;
  }
}

/** A visitor who leaves leaves alone; a question that came to nothing is asked again. */
class Shielded extends Shared {
  override async get(name: string) {
    for (;;) {
      const question = this.question(name);
      try {
        return await shield(question);
      } catch (error) {
        if (question.done()) this.questions.delete(name);
        if (!isCancelled(error) || !question.cancelled() || currentTask()?.cancelling() !== 0) throw error;
      }
    }
  }
}

/** Two visitors want one page; the second usually comes when it is there already. */
async function visits(CacheClass: new (server: Server) => Cache, sim: Simulation, most: number) {
  const server = new Server();
  const cache = new CacheClass(server);
  sim.invariant(() => {
    if (server.asked > most) throw new Error(`the server was asked ${server.asked} times`);
  });

  async function visit() {
    return await cache.get("news");
  }

  const ann = createTask(visit(), { name: "Ann" });
  await sleep(0.15);
  const bob = createTask(visit(), { name: "Bob" });
  await wait([ann, bob]);
  if (ann.cancelled() && bob.cancelled()) throw new Error("one has left, and both are gone");
}

export function main(): void {
  // A question that is cancelled may be asked once more.
  const tries = [
    { cache: Naive, most: 1, cancelEverywhere: false },
    { cache: Shared, most: 1, cancelEverywhere: false },
    { cache: Shared, most: 2, cancelEverywhere: true },
    { cache: Shielded, most: 1, cancelEverywhere: false },
    { cache: Shielded, most: 2, cancelEverywhere: true },
  ];
  for (const { cache, most, cancelEverywhere } of tries) {
    console.log(`--- ${cache.name}${cancelEverywhere ? ", one task cancelled at any of its waits" : ""}`);
    const { failure, schedules, distinct } = explore((sim) => visits(cache, sim, most), {
      cancelEverywhere,
      iterations: 1000,
      timeMs: null,
      seed: 1,
      throws: false,
    });
    console.log(failure?.report ?? `no failure in ${schedules} schedules, ${distinct} of them different`);
  }
}

if (isMain(import.meta)) main();
