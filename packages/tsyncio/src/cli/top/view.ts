/** What the keys of `tsyncio top` have chosen. */

import { stripVTControlCharacters } from "node:util";
import type { TaskData, ThreadData } from "../../inspect/snapshot.ts";
import { placeWords } from "../../inspect/words.ts";

export const STATES = ["all", "running", "ready", "waiting", "new"] as const;
export const SORTS = ["waited", "name", "state"] as const;

/** A sequence that a terminal sends for a key, or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals send
const KEY = /\x1b(?:\[|O)[\d;]*[A-Za-z~]|[\s\S]/gu;
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";

export class View {
  sort: (typeof SORTS)[number] = "waited";
  state: (typeof STATES)[number] = "all";
  search = "";
  searching = false;
  /** The task that is marked, and whether it is shown by itself. */
  marked: { readonly id: number; readonly name: string } | null = null;
  opened = false;
  /** The name of the thread that is shown, and those of all. */
  private thread = "";
  private threads: readonly string[] = [];
  /** The tasks that are listed: the mark moves along them. */
  private listed: readonly TaskData[] = [];

  /** The thread that is shown: the first if that one has ended. */
  shownOf<T extends { readonly name: string }>(threads: readonly T[]): T | undefined {
    const shown = threads.find(({ name }) => name === this.thread) ?? threads[0];
    this.threads = threads.map(({ name }) => name);
    this.thread = shown?.name ?? "";
    return shown;
  }

  /** False: `top` ends. */
  press(data: string): boolean {
    for (const [key] of data.matchAll(KEY)) {
      if (key === "\x03" || (key === "q" && !this.searching)) return false;
      if (this.searching) this.type(key);
      else this.command(key);
    }
    return true;
  }

  /** The tasks to be listed, in their order: at most `most`, among them the one that is marked. */
  choose(thread: ThreadData, most: number): TaskData[] {
    const search = this.search.toLowerCase();
    const places = (task: TaskData): string => (thread.stacks[task.stack] ?? []).map(placeWords).join(" ");
    const found = thread.tasks.filter(
      (task) =>
        (this.state === "all" || task.state === this.state) &&
        (search === "" || `${task.name} ${places(task)}`.toLowerCase().includes(search)),
    );
    const { sort } = this;
    if (sort === "waited") found.sort((a, b) => (b.waited ?? 0) - (a.waited ?? 0));
    else found.sort((a, b) => a[sort].localeCompare(b[sort], "en", { numeric: true }));
    this.listed = found;
    const mark = found.findIndex(({ id }) => id === this.marked?.id);
    const first = Math.max(0, mark - most + 1);
    return found.slice(first, first + most);
  }

  private type(key: string): void {
    if (key === "\x1b") Object.assign(this, { search: "", searching: false });
    else if (key === "\r") this.searching = false;
    else if (key === "\x7f") this.search = this.search.slice(0, -1);
    else this.search += stripVTControlCharacters(key);
  }

  private command(key: string): void {
    switch (key) {
      case "\x1b":
        if (this.opened) this.opened = false;
        else Object.assign(this, { search: "", marked: null });
        return;
      case LEFT:
        this.opened = false;
        return;
      case "/":
        this.opened = false;
        this.searching = true;
        return;
      case "s":
        this.sort = after(SORTS, this.sort);
        return;
      case "f":
        this.state = after(STATES, this.state);
        return;
      case "\t":
        Object.assign(this, { thread: after(this.threads, this.thread), marked: null, opened: false });
        return;
      case UP:
      case "k":
        return this.move(-1);
      case DOWN:
      case "j":
        return this.move(1);
      case RIGHT:
      case "\r":
        if (this.marked === null) this.move(1);
        this.opened = this.marked !== null;
    }
  }

  private move(by: number): void {
    const mark = this.listed.findIndex(({ id }) => id === this.marked?.id);
    const next = this.listed[mark < 0 ? 0 : Math.min(Math.max(0, mark + by), this.listed.length - 1)];
    this.marked = next === undefined ? null : { id: next.id, name: next.name };
  }
}

function after<T>(all: readonly T[], one: T): T {
  return all[(all.indexOf(one) + 1) % all.length] as T;
}
