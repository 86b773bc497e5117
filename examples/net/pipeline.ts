// A pipeline of programs, as `a | b | c` in the shell; the bytes pass through this program, which counts them.
// Python: asyncio.create_subprocess_exec with StreamReader and StreamWriter.
// Usage: node --conditions=@tsyncio/source pipeline.ts
import { asyncWith, run, TaskGroup } from "tsyncio";
import { createSubprocessExec, PIPE, type StreamReader, type StreamWriter } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

/** Copies to the end. A writer whose buffer is full holds the reader back, and so the program before it. */
function* pump(from: StreamReader, to: StreamWriter) {
  let count = 0;
  try {
    for (let data = yield* from.read(65536); data.length > 0; data = yield* from.read(65536)) {
      count += data.length;
      yield* to.write(data);
    }
  } finally {
    to.close();
  }
  return count;
}

export function* main() {
  const both = { stdin: PIPE, stdout: PIPE } as const;
  const numbers = yield* createSubprocessExec("seq", "1", "200000", { stdout: PIPE });
  const sevens = yield* createSubprocessExec("grep", "7", both);
  const count = yield* createSubprocessExec("wc", "-l", both);
  yield* asyncWith(new TaskGroup(), function* (group) {
    const first = group.createTask(pump(numbers.stdout, sevens.stdin));
    const second = group.createTask(pump(sevens.stdout, count.stdin));
    const lines = new TextDecoder().decode(yield* count.stdout.read()).trim();
    console.log(`${yield* first} bytes of numbers, ${yield* second} bytes with a 7, in ${lines} lines`);
  });
  for (const proc of [numbers, sevens, count]) console.log(`exit ${yield* proc.wait()}`);
}

if (isMain(import.meta)) await run(main());
