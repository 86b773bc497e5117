/** What the threads and the processes of the pools load. */

import { isMainThread, workerData } from "node:worker_threads";
import { ChannelLink } from "./channelLink.ts";
import { endWithParent } from "./guard.ts";
import { JobLoop } from "./jobLoop.ts";
import { PortLink, type ThreadData } from "./portLink.ts";

if (isMainThread) {
  endWithParent();
  new JobLoop(new ChannelLink());
} else {
  new JobLoop(new PortLink(workerData as ThreadData));
}
