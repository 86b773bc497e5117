/**
 * A worker of BullMQ by hand: worker.ts URL QUEUE SLOTS. Its processor is a function in this process. Prints a line
 * when it takes jobs.
 */
import { workerAt } from "./byHand.ts";
import { addByHand } from "./work.ts";

const [url = "", queue = "", slots = "1"] = process.argv.slice(2);
const worker = workerAt(url, queue, Number(slots), ({ a, b }: { a: number; b: number }) => addByHand(a, b));
worker.on("error", (error) => console.error(error));
await worker.waitUntilReady();
console.log("ready");
