import { type Coroutine, run } from "tsyncio";
import { fetchAll } from "./fetchAll.ts";

function* main(): Coroutine<void> {
  for (const page of yield* fetchAll(["a.com", "b.com", "c.com"])) console.log(page);
}

await run(main());
