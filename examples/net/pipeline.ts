"use tsyncio";
// A pipeline of programs, as `a | b | c` in the shell; the bytes pass through this program, which counts them.
// Python: asyncio.create_subprocess_exec with StreamReader and StreamWriter.
// Usage: npm start -- net/pipeline
import { run, TaskGroup } from "tsyncio";
import { createSubprocessExec, PIPE, type StreamReader, type StreamWriter } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

/** Copies to the end. A writer whose buffer is full holds the reader back, and so the program before it. */
async function pump(from: StreamReader, to: StreamWriter) {
  let count = 0;
  try {
    for (let data = await from.read(65536); data.length > 0; data = await from.read(65536)) {
      count += data.length;
      await to.write(data);
    }
  } finally {
    to.close();
  }
  return count;
}

export async function main() {
  const both = { stdin: PIPE, stdout: PIPE } as const;
  const numbers = await createSubprocessExec("seq", "1", "200000", { stdout: PIPE });
  const sevens = await createSubprocessExec("grep", "7", both);
  const count = await createSubprocessExec("wc", "-l", both);
  {
    await using group = new TaskGroup();
    const first = group.createTask(pump(numbers.stdout, sevens.stdin));
    const second = group.createTask(pump(sevens.stdout, count.stdin));
    const lines = new TextDecoder().decode(await count.stdout.read()).trim();
    console.log(`${await first} bytes of numbers, ${await second} bytes with a 7, in ${lines} lines`);
  }
  for (const proc of [numbers, sevens, count]) console.log(`exit ${await proc.wait()}`);
}

if (isMain(import.meta)) await run(main());
