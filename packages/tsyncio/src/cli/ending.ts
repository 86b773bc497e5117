/**
 * How a command that looks into a process ends before its work is done: by Ctrl-C and its like, because the reader of
 * its output has gone, by an error that nothing has caught. What it has opened is closed first, each time.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Exit codes, as shells have them of programs that a signal has ended. */
const INTERRUPTED = 130;
const BROKEN_PIPE = 141;

const undos = new Set<() => unknown>();
let stop: (() => void) | null = null;
let ending = false;
let listening = false;

/** From now on the program ends in order. */
export function listenForEnds(): void {
  if (listening) return;
  listening = true;
  for (const signal of SIGNALS) process.on(signal, interrupted);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `tsyncio ps 4711 | head`, or a terminal that was closed
    if (error.code === "EPIPE" || error.code === "EIO") void end(BROKEN_PIPE);
    else throw error;
  });
  process.on("uncaughtException", (error) => {
    console.error(error);
    void end(1);
  });
}

/**
 * `undo` is called if the program has to end before the function that is returned has been called. It must not throw.
 */
export function undoAtEnd(undo: () => unknown): () => void {
  undos.add(undo);
  return () => void undos.delete(undo);
}

/** At the first Ctrl-C the command finishes by itself: `finish` is called. Returns a function that takes it back. */
export function finishWhenAsked(finish: () => void): () => void {
  stop = finish;
  return () => {
    stop = null;
  };
}

/** True: what happens from now on, errors too, is of no interest. */
export function isEnding(): boolean {
  return ending;
}

function interrupted(): void {
  const finish = stop;
  stop = null;
  if (finish === null) void end(INTERRUPTED);
  else finish();
}

/** The second time it does not wait. */
async function end(code: number): Promise<void> {
  if (ending) process.exit(code);
  ending = true;
  process.exitCode = code;
  await Promise.all([...undos].map((undo) => undo()));
  process.exit(code);
}
