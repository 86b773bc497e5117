import { type Coroutine, createTask, sleep, type Task } from "tsyncio";

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

  private *answer(text: string): Coroutine<void> {
    this.shown = yield* search(text);
    this.show(this.shown);
  }
}

/** Stands for a request: replace it with `tsyncio/http-client`. */
function* search(text: string): Coroutine<string> {
  yield* sleep(text.length > 3 ? 0.1 : 0.3);
  return `results for ${text}`;
}
