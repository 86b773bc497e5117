"use tsyncio";
import { run } from "tsyncio";
import { fetchAll } from "./fetchAll.ts";

async function main(): Promise<void> {
  for (const page of await fetchAll(["a.com", "b.com", "c.com"])) console.log(page);
}

await run(main());
