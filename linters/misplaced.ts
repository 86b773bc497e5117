import { sleep } from "tsyncio";

("use tsyncio"); // tsyncio/directive-first

export async function main(): Promise<void> {
  await sleep(1);
}
