/** A client: client.ts KIND PORT BYTES LIMIT SECONDS. Prints requests a second; all of them are checked. */
import pLimit from "p-limit";
import { asyncWith, type Coroutine, gather, run } from "tsyncio";
import { ClientSession } from "tsyncio/http-client";

const [kind = "", port = "", ...numbers] = process.argv.slice(2);
const [bytes = 0, limit = 0, seconds = 0] = numbers.map(Number);
const base = `http://127.0.0.1:${port}/`;
/** As many as are begun together; the next crowd begins when all are answered. */
const CROWD = limit * 25;

interface Answer {
  text: string;
}

function check({ text }: Answer): void {
  if (text.length !== bytes) throw new Error(`${text.length} characters, not ${bytes}`);
}

/** With `cancellable` each request has a signal, which a session's has too: nothing else can end it early. */
async function byHand(cancellable: boolean): Promise<number> {
  const atOnce = pLimit(limit);
  const get = async (): Promise<void> => {
    const response = await fetch(`${base}${bytes}`, cancellable ? { signal: new AbortController().signal } : undefined);
    check((await response.json()) as Answer);
  };
  return await crowds(() => Promise.all(Array.from({ length: CROWD }, () => atOnce(get))));
}

async function bySession(): Promise<number> {
  const get = function* (session: ClientSession): Coroutine<void> {
    const response = yield* session.get(String(bytes));
    check(yield* response.json<Answer>());
  };
  const all = (session: ClientSession) => gather(...Array.from({ length: CROWD }, () => get(session)));
  return await crowds(() => run(asyncWith(new ClientSession({ base, limit }), all)));
}

/** Requests a second. */
async function crowds(crowd: () => Promise<unknown>): Promise<number> {
  const rounds = async (time: number): Promise<number> => {
    const begun = performance.now();
    let count = 0;
    for (; performance.now() - begun < time * 1000; count += CROWD) await crowd();
    return (count * 1000) / (performance.now() - begun);
  };
  // V8 takes seconds to compile what fetch and a session run: before that, more code looks slower than it is.
  await rounds(seconds * 1.5);
  return await rounds(seconds);
}

console.log(await (kind === "session" ? bySession() : byHand(kind === "signal")));
process.exit(0);
