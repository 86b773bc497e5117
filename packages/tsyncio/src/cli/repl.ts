/** A prompt with top-level await on a running loop: `python -m asyncio`. */

import { type REPLEval, type REPLServer, Recoverable, start } from "node:repl";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import * as tsyncio from "tsyncio";
import { evaluate, silenceLoader } from "./evaluate.ts";
import { LineGate } from "./lineGate.ts";
import { ownVersion, resolveTransform } from "./transform.ts";

/** `tsyncio-transform/repl`. */
interface Compiler {
  compileInput(input: string): string | null;
}

/** An input that can be run, and the callback for its outcome; null at the end of the inputs. */
type Input = { code: string; file: string; answer: Parameters<REPLEval>[3] } | null;

export async function repl(): Promise<void> {
  const { compileInput } = (await import(resolveTransform("repl", process.cwd()).href)) as Compiler;
  console.log(`tsyncio ${ownVersion()} on ${platform()}: the names of asyncio are defined, and await works.`);
  console.log('Type ".help" for the commands of the prompt, ".exit" or Ctrl-D to leave it.');
  await tsyncio.run(session(compileInput));
}

function platform(): string {
  return process.versions.bun === undefined ? `Node.js ${process.version}` : `Bun ${process.versions.bun}`;
}

/** Runs one input after the other. The tasks that they have made go on meanwhile, until the prompt is left. */
function* session(compileInput: Compiler["compileInput"]): tsyncio.Coroutine<void> {
  const inputs = new tsyncio.Queue<Input>();
  let running: tsyncio.Task<unknown> | null = null;

  const take: REPLEval = (input, _context, file, answer) => {
    // With one argument: nothing is printed.
    if (input.trim() === "") return (answer as (error: null) => void)(null);
    try {
      const code = compileInput(input);
      // At once: the next line belongs to this one.
      if (code === null) answer(new Recoverable(new SyntaxError("Unexpected end of input")), undefined);
      else {
        gate.close();
        inputs.putNowait({ code, file, answer });
      }
    } catch (error) {
      answer(plainError(error as Error), undefined);
    }
  };
  const input = process.stdin.isTTY ? process.stdin : Readable.from(piped());
  const server = start({ input, output: process.stdout, prompt: "> ", eval: take, useGlobal: true, writer: show });
  const gate = new LineGate(server);
  server.on("exit", () => inputs.putNowait(null));
  Object.assign(globalThis, tsyncio);
  silenceLoader();
  interruptBy(server, () => running);

  for (;;) {
    const input = yield* inputs.get();
    if (input === null) return;
    const { code, file, answer } = input;
    running = tsyncio.createTask(evaluate(code, file), { name: "prompt" });
    yield* tsyncio.wait([running]);
    const error = running.cancelled() ? new tsyncio.KeyboardInterrupt() : (running.exception() as Error | null);
    const value = error === null ? running.result() : undefined;
    running = null;
    answer(error, value);
    gate.open();
  }
}

/**
 * The end of its input closes a prompt at once, with lines that are still to run. So this has none: a command comes
 * last.
 */
async function* piped(): AsyncGenerator<string | Uint8Array> {
  yield* process.stdin;
  yield "\n.exit\n";
  await new Promise(() => {});
}

/** What is wrong with an input, without where the compiler was when it saw that. */
function plainError({ message }: Error): Error {
  const error = new SyntaxError(message);
  error.stack = `${error}`;
  return error;
}

/** Ctrl-C cancels the input that runs; else it does what it does in Node's prompt. */
function interruptBy(server: REPLServer, running: () => tsyncio.Task<unknown> | null): void {
  const inherited = server.listeners("SIGINT") as ((this: REPLServer) => void)[];
  server.removeAllListeners("SIGINT");
  server.on("SIGINT", () => {
    const task = running();
    if (task !== null) task.cancel();
    else for (const listener of inherited) listener.call(server);
  });
}

function show(value: unknown): string {
  if (tsyncio.isfuture(value)) return String(value);
  if (tsyncio.iscoroutine(value)) return "<coroutine, to be awaited>";
  return inspect(value, { colors: process.stdout.isTTY });
}
