/**
 * Opens the inspector of a running Node process that is not prepared for it: SIGUSR1 does that. The signal ends a
 * process that does not catch it, and the port may belong to another. So first it is made sure of what the process is,
 * and after that that it is the one that answers. What was opened is closed again.
 */

import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { undoAtEnd } from "../ending.ts";
import { TargetError } from "../errors.ts";
import { chosenPort, forgetChosenPort, noteChosenPort } from "./chosenPort.ts";
import { connect, type Session } from "./inspector.ts";
import { handlesSignal } from "./ownHandler.ts";
import {
  isNode,
  linkOf,
  listenerOf,
  optionsOf,
  type ProcessStatus,
  portsOf,
  programOf,
  showsArguments,
  statusOf,
} from "./proc.ts";
import { explained } from "./replaced.ts";
import { enter, leave, newVisitor } from "./visits.ts";

const { SIGUSR1 } = constants.signals;
const DEFAULT_PORT = 9229;
/** Node chooses one. */
const ANY_PORT = 0;
const INSPECT = /^--inspect(-brk|-wait|-port)?(?:=(?:.*:)?(\d+))?$/;
/** Options by which Node does not catch the signal: the second, unless --allow-inspector is there too. */
const FORBIDS = /^--(?:disable-sigusr1|(?:experimental-)?permission)$/;
/** How long the inspector may take to open, and after what time it is asked again, in milliseconds. */
const PATIENCE = 10_000;
const AGAIN = 250;
/** How often another command may close it just when this one connects. */
const ATTEMPTS = 5;

/** Another command has closed the inspector before this one was noted in the process. */
class InspectorClosed extends TargetError {}

interface Attached {
  readonly session: Session;
  /** Closes what `attach` has opened. Never throws. */
  close(): Promise<void>;
}

/**
 * Calls `look` with a session of the inspector of the process, and closes what was opened for it: after an error and
 * Ctrl-C as well. `force` sends the signal although it cannot be seen whether the program handles it itself.
 *
 * @throws {TargetError} The process is not there, or must not be signalled, or does not answer.
 */
export async function whileAttached<T>(
  pid: number,
  options: { force?: boolean },
  look: (session: Session) => Promise<T>,
): Promise<T> {
  const attaching = attach(pid, options);
  const close = (): Promise<void> =>
    attaching.then(
      (attached) => attached.close(),
      () => {},
    );
  const forget = undoAtEnd(close);
  try {
    const { session } = await attaching;
    return await look(session);
  } finally {
    await close();
    forget();
  }
}

async function attach(pid: number, { force = false } = {}): Promise<Attached> {
  if (process.platform !== "linux") {
    throw new TargetError(
      `looking into a process that was not prepared for it works on Linux so far, not on ${process.platform}. ` +
        "Inside the program, printTaskTree() prints the same tree.",
    );
  }
  const status = check(pid);
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(pid, status, force);
    } catch (error) {
      if (!(error instanceof InspectorClosed) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function open(pid: number, status: ProcessStatus, force: boolean): Promise<Attached> {
  const asked = inspectorPort(pid);
  const before = portsOf(pid);
  const known = asked === ANY_PORT ? chosenPort(pid, status) : asked;
  const listener = known === null ? null : await listenerAt(pid, known);
  if (listener === "other") {
    throw new TargetError(
      `port ${asked}, at which the inspector of process ${pid} would open, belongs to another process: another program that ` +
        "is being debugged, perhaps. End that, and try again",
    );
  }
  const opened = listener === null;
  const request = (): void => {
    checkSignal(pid, status, force);
    signal(pid, status);
  };
  const port = listener === null ? await untilOpen(pid, asked, before, status, request) : (known as number);
  const { session, hangUp } = await connect(port, () => ended(pid, status)).catch((error: Error) => {
    if (error instanceof TargetError) throw error;
    const refused = (error as NodeJS.ErrnoException).code?.startsWith("ECONN") ?? false;
    throw hasEnded(pid, status) || refused || listenerOf(pid, port) !== "own"
      ? ended(pid, status)
      : new TargetError(`the inspector of process ${pid} at port ${port} does not answer: ${error.message}`);
  });
  if (asked === ANY_PORT) noteChosenPort(pid, status, port);
  const visitor = newVisitor();
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= closeAll();
    return closed;
  };
  const closeAll = async (): Promise<void> => {
    // The answer does not come any more: it closes the connection too.
    await Promise.race([leave(session, visitor, opened).catch(() => {}), delay(1000, null, { ref: false })]);
    hangUp();
    if (asked === ANY_PORT) forgetChosenPort(pid, status, port);
  };
  let there: unknown;
  try {
    there = await enter(session, status.innerPid, visitor, opened);
  } catch (error) {
    const text = await explained(error, session).catch((explanation) => explanation);
    if (statusOf(pid)?.began === status.began) await close();
    throw text;
  }
  if (there === undefined) {
    hangUp();
    throw new TargetError(`process ${pid} has not begun: it waits for a debugger, as --inspect-brk asks for`);
  }
  if (there !== status.innerPid || statusOf(pid)?.began !== status.began) {
    hangUp(); // and closes nothing of that one
    throw new TargetError(`at port ${port} another process answers than ${pid}`);
  }
  return { session, close };
}

/** That it is a Node process of the same user, alive, in the same network. */
function check(pid: number): ProcessStatus {
  const status = statusOf(pid);
  if (status === null) throw new TargetError(`there is no process ${pid}`);
  if (status.process !== pid) throw new TargetError(`${pid} is a thread of process ${status.process}: use that number`);
  if (status.state === "Z") throw new TargetError(`process ${pid} has ended`);
  if (status.uid !== process.getuid?.()) {
    throw new TargetError(`process ${pid} belongs to another user (${status.uid}): run tsyncio as that user`);
  }
  const program = programOf(pid);
  if (/^(?:bun|deno)/.test(program)) {
    throw new TargetError(
      `process ${pid} runs ${program}, which cannot be looked into from outside. Inside the program, printTaskTree() prints the same tree.`,
    );
  }
  if (!isNode(pid)) {
    const what = program === "" ? "what it runs cannot be seen" : `it runs ${program}`;
    throw new TargetError(
      `process ${pid} is no Node process: ${what}. The signal that opens Node's inspector could end it`,
    );
  }
  if (status.state === "T" || status.state === "t") {
    throw new TargetError(`process ${pid} is stopped: continue it first (kill -CONT ${pid})`);
  }
  if (linkOf(pid, "ns/net") !== linkOf("self", "ns/net")) {
    throw new TargetError(`process ${pid} has a network of its own, that of a container: run tsyncio inside it`);
  }
  return status;
}

/** That the signal opens the inspector, and does nothing else. */
function checkSignal(pid: number, status: ProcessStatus, force: boolean): void {
  if (!status.catches(SIGUSR1)) {
    const by = optionsOf(pid).find((option) => FORBIDS.test(option));
    const why =
      by === undefined ? "it has only just begun, or was built without the inspector" : `it was started with ${by}`;
    throw new TargetError(`process ${pid} does not catch SIGUSR1, which would end it: ${why}`);
  }
  const own = handlesSignal(pid, SIGUSR1);
  if (own === true) {
    throw new TargetError(
      `process ${pid} handles SIGUSR1 itself, by process.on("SIGUSR1"): the signal would call that, and open no inspector. ` +
        "Start it with --inspect to look into it",
    );
  }
  if (own === null && hasEnded(pid, status)) throw ended(pid, status);
  if (own === null && !force) {
    throw new TargetError(
      `it cannot be seen whether process ${pid} handles SIGUSR1 itself, since its memory may not be read (on Ubuntu, see ` +
        'kernel.yama.ptrace_scope) or its Node is not one of Node\'s releases. If it has no process.on("SIGUSR1"), add --force',
    );
  }
}

function signal(pid: number, status: ProcessStatus): void {
  try {
    process.kill(pid, SIGUSR1);
  } catch (error) {
    if (hasEnded(pid, status)) throw ended(pid, status);
    throw new TargetError(`process ${pid} cannot be sent a signal: ${(error as Error).message}`);
  }
}

/** Where the inspector listens, or would. */
function inspectorPort(pid: number): number {
  const options = optionsOf(pid)
    .map((option) => INSPECT.exec(option))
    .filter((match) => match !== null);
  const last = options.filter(([, , port]) => port !== undefined).at(-1);
  if (last === undefined && !showsArguments(pid) && listenerOf(pid, DEFAULT_PORT) !== "own") return ANY_PORT;
  const port = Number(last?.[2] ?? DEFAULT_PORT);
  if (port === ANY_PORT && options.some(([, kind]) => kind !== "-port")) {
    throw new TargetError(
      `process ${pid} was started with ${options[0]?.[0]}: its inspector is open at a port that it has chosen, which cannot be ` +
        "seen from outside. Start it with a number, as in --inspect=127.0.0.1:9230",
    );
  }
  return port;
}

/** Resolves with the port. `before` is what the process has listened to before; `request` asks it for the inspector. */
async function untilOpen(
  pid: number,
  asked: number,
  before: readonly number[],
  status: ProcessStatus,
  request: () => void,
): Promise<number> {
  const until = performance.now() + PATIENCE;
  let others = before;
  for (let again = 0; ; ) {
    // Once more, for another command may have closed what was opened for both.
    if (performance.now() >= again) {
      request();
      again = performance.now() + AGAIN;
    }
    const ports = asked === ANY_PORT ? portsOf(pid) : [];
    const chosen = asked === ANY_PORT ? (chosenPort(pid, status) ?? ports.find((one) => !others.includes(one))) : asked;
    others = others.filter((one) => ports.includes(one));
    const listener = chosen === undefined ? null : await listenerAt(pid, chosen);
    if (listener === "own") return chosen as number;
    if (hasEnded(pid, status)) throw ended(pid, status);
    if (listener === "other" || performance.now() > until) {
      const port = asked === ANY_PORT ? "a port of its choice" : `port ${asked}`;
      const why =
        listener === "other"
          ? `another process has taken ${port}`
          : others.length > 0
            ? "a native call may block it, or another program has its inspector open, at a port that cannot be seen from outside"
            : "a native call may block it. Its inspector opens as soon as that ends, and stays open";
      throw new TargetError(`process ${pid} does not open its inspector at ${port}: ${why}`);
    }
    await delay(10);
  }
}

/** As `listenerOf`. But while a socket is being closed it belongs to no process: only one that stays is of another. */
async function listenerAt(pid: number, port: number): Promise<ReturnType<typeof listenerOf>> {
  for (let looks = 1; ; looks++) {
    const listener = listenerOf(pid, port);
    if (listener !== "other" || looks === 3) return listener;
    await delay(20);
  }
}

function ended(pid: number, status: ProcessStatus): TargetError {
  if (hasEnded(pid, status)) return new TargetError(`process ${pid} has ended meanwhile`);
  return new InspectorClosed(`process ${pid} has closed its inspector meanwhile`);
}

function hasEnded(pid: number, status: ProcessStatus): boolean {
  const now = statusOf(pid);
  // One that is just ending lets go of its memory, and so of its program, before its sockets.
  return now === null || now.state === "Z" || now.began !== status.began || linkOf(pid, "exe") === null;
}
