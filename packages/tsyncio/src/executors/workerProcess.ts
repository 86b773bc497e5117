/** What the processes of the pools load. */

import { types } from "node:util";
import { endWithParent } from "./guard.ts";
import { startReplies } from "./mainLoop.ts";
import { type JobMessage, type ToProcess, unpack } from "./messages.ts";
import { ProcessLink } from "./workerLinks.ts";
import { printed, printing, type SetupMessage, WorkerSide } from "./workerSide.ts";

const link = new ProcessLink();
const worker = new WorkerSide(link);
startReplies(worker);

process.on("message", (packed) => {
  const message = unpack(packed) as ToProcess;
  switch (message[0]) {
    case "setup":
      void setup(message[1]);
      break;
    case "job":
      void run(message[1]);
      break;
    case "reply":
      link.receive(message);
      break;
  }
});

async function setup(message: SetupMessage): Promise<void> {
  endWithParent();
  link.post(["ready", await worker.begin(message.initializer)]);
}

async function run(job: JobMessage): Promise<void> {
  link.post(["begun", job[0]]);
  let result = worker.run(job);
  if (types.isPromise(result)) result = await result;
  if (printing()) await printed();
  worker.answer(job, result);
}
