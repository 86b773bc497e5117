/**
 * A program to look into: target.ts TASKS. It has that many tasks that wait, and answers lines on a port of its own,
 * which it prints.
 */
import { type Coroutine, createTask, Event, Queue, run } from "tsyncio";
import { type StreamReader, type StreamWriter, startServer } from "tsyncio/net";

const count = Number(process.argv[2]);

function* waits(event: Event): Coroutine<void> {
  yield* event.wait();
}

function* reads(queue: Queue<number>): Coroutine<void> {
  yield* queue.get();
}

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) return writer.close();
    writer.write(line);
    yield* writer.drain();
  }
}

function* main(): Coroutine<void> {
  const [event, queue] = [new Event(), new Queue<number>()];
  for (let i = 0; i < count; i++) createTask(i % 2 === 0 ? waits(event) : reads(queue));
  const server = yield* startServer(serve, "127.0.0.1", 0);
  const [, port] = server.sockets[0]?.getsockname() ?? [];
  console.log(port);
  yield* event.wait();
}

/** How long the loop has stood still at most since that was asked the last time, in milliseconds. */
let [pause, last] = [0, performance.now()];
setInterval(() => {
  const now = performance.now();
  pause = Math.max(pause, now - last);
  last = now;
}, 1);

process.on("message", (question) => {
  if (question === "pause") {
    process.send?.(pause);
    pause = 0;
    return;
  }
  for (let i = 0; i < 4; i += 1) globalThis.gc?.();
  process.send?.(process.memoryUsage().heapUsed);
});

await run(main());
