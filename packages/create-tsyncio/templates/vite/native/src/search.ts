"use tsyncio";
import { createTask, sleep, type Task } from "tsyncio";

/** Shows the answer to the latest question: the search before is cancelled, so that its answer never comes late. */
export class SearchBox {
  shown = "";
  private readonly show: (text: string) => void;
  private search: Task<void> | null = null;

  constructor(show: (text: string) => void = () => {}) {
    this.show = show;
  }

  ask(text: string): Task<void> {
    this.search?.cancel();
    this.search = createTask(this.answer(text));
    return this.search;
  }

  private async answer(text: string): Promise<void> {
    this.shown = await search(text);
    this.show(this.shown);
  }
}

/** Stands for a request: replace it with `tsyncio/http-client`. */
async function search(text: string): Promise<string> {
  await sleep(text.length > 3 ? 0.1 : 0.3);
  return `results for ${text}`;
}
