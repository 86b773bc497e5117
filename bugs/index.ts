/**
 * Concurrency bugs from the literature, each as a small program beside its repaired twin. Written anew from the
 * descriptions, with latencies where the original has a race: in the order of these latencies all goes well.
 */

import { asyncioBugs } from "./asyncio.ts";
import { atomicityBugs } from "./atomicity.ts";
import type { Bug } from "./bug.ts";
import { channelBugs } from "./channels.ts";
import { conditionBugs } from "./conditions.ts";
import { javascriptBugs } from "./javascript.ts";
import { leakBugs } from "./leaks.ts";
import { lockBugs } from "./locks.ts";
import { orderBugs } from "./order.ts";
import { readerWriterBugs } from "./readersWriters.ts";
import { registerBugs } from "./register.ts";
import { serverBugs } from "./servers.ts";

export type { Bug } from "./bug.ts";

export const bugs: readonly Bug[] = [
  ...lockBugs,
  ...readerWriterBugs,
  ...channelBugs,
  ...leakBugs,
  ...conditionBugs,
  ...asyncioBugs,
  ...orderBugs,
  ...atomicityBugs,
  ...serverBugs,
  ...javascriptBugs,
  ...registerBugs,
];
