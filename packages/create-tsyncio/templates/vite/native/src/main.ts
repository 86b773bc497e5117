"use tsyncio";
import { events, run } from "tsyncio";
import { SearchBox } from "./search.ts";

const input = document.querySelector("input") as HTMLInputElement;
const output = document.querySelector("output") as HTMLOutputElement;

async function main(): Promise<void> {
  const box = new SearchBox((text) => {
    output.textContent = text;
  });
  for await (const _ of events(input, "input")) box.ask(input.value);
}

await run(main());
