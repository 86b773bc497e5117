/** Puts the agent into the threads of a process, from its main thread: also into workers that start later. */

import type { Tools } from "./tools.ts";

/** What each thread has answered: "" if the agent is there, else why not; null if nothing has come yet. */
export type Answers = readonly (readonly [thread: string, answer: string | null])[];

interface Reply {
  readonly id?: number;
  readonly result?: { readonly result: { readonly value?: unknown }; readonly exceptionDetails?: Thrown };
  readonly error?: { readonly message: string };
}

interface Thrown {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

interface Thread {
  readonly name: string;
  answer: string | null;
  /** How many times it has been found silent since it was asked; null if it was not, or has answered. */
  silent: number | null;
  readonly evaluate: () => void;
}

/**
 * Runs in a thread that has tsyncio, perhaps in the middle of any function, even of Node's while it loads a module: so
 * it begins later. Returns why it does not, or "".
 */
export function enter(tools: Tools | null, begin: (tools: Tools) => void, thread: string, path: string): string {
  if (tools === null) return "it needs Node 20.16, 22.3 or newer, or has another process than Node's";
  const { net, process, now, frame, later } = tools;
  if (process.permission?.has("net") === false) return "it was started with --permission, and without --allow-net";
  if (!Number.isFinite(now())) return `its clock shows ${now()}`;
  later(1, () => {
    try {
      begin(tools);
    } catch (error) {
      const socket = net.connect(path).on("error", () => {});
      socket.write(frame({ hello: thread }));
      socket.end(frame({ failed: String(error) }));
    }
  });
  return "";
}

/**
 * Runs in the main thread of the process, and so names nothing that stands outside of it. It speaks to the threads by
 * an inspector's session inside of the process, for which no port is open, and asks those again that have not loaded
 * tsyncio yet. It ends with the connection. Returns the first answers.
 */
export function spread(
  { net, inspector, frame, later }: Tools,
  nameOfWorker: (id: string, title: string) => string,
  enterMain: () => string,
  expressionFor: (thread: string) => string,
  path: string,
): Answers {
  /** How often a thread is asked again, in milliseconds, and how many times it may be silent. */
  const AGAIN = 100;
  const SILENT = 20;
  /** Answers that may be others when all modules have been loaded. */
  const LATER: readonly (string | null)[] = ["no tsyncio", "no diagnostics"];

  const session = new inspector.Session();
  /** Workers by their sessions. */
  const threads = new Map<string, Thread>();
  const asked = new Map<number, Thread>();
  let lastId = 0;
  let told = "";

  const take = (thread: Thread, { result, error }: Reply): void => {
    const thrown = result?.exceptionDetails;
    thread.silent = null;
    thread.answer = error?.message ?? thrown?.exception?.description ?? thrown?.text ?? String(result?.result.value);
  };
  const ask = (thread: Thread): void => {
    thread.silent = 0;
    thread.evaluate();
  };
  const paramsOf = (expression: string) => ({ expression, returnByValue: true, silent: true });

  const main: Thread = {
    name: "main",
    answer: null,
    silent: null,
    evaluate: () => take(main, { result: { result: { value: enterMain() } } }),
  };
  const socket = net.connect(path).unref();
  /** An error, by a built-in that the program has replaced, must not end the process. */
  const safely = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      socket.end(frame({ answers: [["main", String(error)]] }));
    }
  };
  const attached = (sessionId: string, workerInfo: { workerId: string; title: string }): void => {
    const evaluate = (): void => {
      const id = ++lastId;
      asked.set(id, thread);
      const message = JSON.stringify({ id, method: "Runtime.evaluate", params: paramsOf(expressionFor(name)) });
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message });
    };
    const name = nameOfWorker(workerInfo.workerId, workerInfo.title);
    const thread: Thread = { name, answer: null, silent: null, evaluate };
    threads.set(sessionId, thread);
    ask(thread);
  };
  const received = (message: string): void => {
    const reply = JSON.parse(message) as Reply;
    const thread = asked.get(reply.id as number);
    asked.delete(reply.id as number);
    if (thread !== undefined) take(thread, reply);
  };
  session.on("NodeWorker.attachedToWorker", ({ params }) =>
    safely(() => attached(params.sessionId, params.workerInfo)),
  );
  session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => safely(() => received(params.message)));
  session.on("NodeWorker.detachedFromWorker", ({ params }) => safely(() => void threads.delete(params.sessionId)));

  const answers = (): Answers => [main, ...threads.values()].map(({ name, answer }) => [name, answer]);

  const tick = (): void => {
    if (socket.destroyed) return;
    const framed = frame({ answers: answers() });
    const text = framed.toString("latin1");
    if (text !== told) socket.write(framed);
    told = text;
    for (const thread of [main, ...threads.values()]) {
      // One question at a time: a worker may be in a native call forever.
      if (thread.silent === null && LATER.includes(thread.answer)) ask(thread);
      if (thread.silent !== null && ++thread.silent > SILENT)
        thread.answer ??= "it does not answer: it may be in a native call";
    }
    later(AGAIN, () => safely(tick));
  };
  later(1, () => safely(tick));
  socket.on("error", () => {}); // "close" follows
  socket.on("close", () => session.disconnect());
  safely(() => {
    session.connect();
    ask(main);
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  });
  return answers();
}
