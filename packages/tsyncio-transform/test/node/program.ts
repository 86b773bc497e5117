/** A program in native syntax, for what compiles it. */

/**
 * Two modules that print what only compiled ones do: a call is lazy, a group ends its children, a name is the user's.
 */
export const PROGRAM = {
  "main.mts": `"use tsyncio";
import { currentTask, run, sleep, TaskGroup } from "tsyncio";
import { numbers } from "./numbers.mts";

const log: string[] = [];
async function child(name: string): Promise<string> {
  log.push(name);
  await sleep(0);
  return name;
}
async function main(): Promise<void> {
  const lazy = child("lazy");
  log.push("called");
  await lazy;
  {
    await using group = new TaskGroup();
    group.createTask(child("a"));
    group.createTask(child("b"));
  }
  for await (const n of numbers(2)) log.push(String(n));
  log.push(String(currentTask()?.getName()));
}
await run(main());
console.log(log.join(" "));
`,
  "numbers.mts": `"use tsyncio";
import { sleep } from "tsyncio";
export async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i += 1) {
    await sleep(0);
    yield i;
  }
}
`,
} as const;

export const PRINTED = "called lazy a b 0 1 Task-1\n";

/** The same for what knows no types. */
export function withoutTypes(files: { readonly [name: string]: string }): { [name: string]: string } {
  const bare = (text: string) =>
    text
      .replace(/: (?:string\[\]|string|number|Promise<\w+>|AsyncGenerator<number>)(?=[ ,)=])/g, "")
      .replaceAll(".mts", ".mjs");
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name.replace(".mts", ".mjs"), bare(text)]));
}
