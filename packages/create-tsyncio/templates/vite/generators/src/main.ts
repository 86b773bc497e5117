import { asyncFor, type Coroutine, events, run } from "tsyncio";
import { SearchBox } from "./search.ts";

const input = document.querySelector("input") as HTMLInputElement;
const output = document.querySelector("output") as HTMLOutputElement;

function* main(): Coroutine<void> {
  const box = new SearchBox((text) => {
    output.textContent = text;
  });
  yield* asyncFor(events(input, "input"), function* () {
    box.ask(input.value);
  });
}

await run(main());
