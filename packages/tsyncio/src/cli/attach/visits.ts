/**
 * Several commands may look into a process at the same time, and the last one closes the inspector. So each is noted in
 * the process as long as it looks; one that was killed meanwhile is found by its number.
 */

import { type RemoteValue, type Session, ThrownThere } from "./inspector.ts";
import { statusOf } from "./proc.ts";
import { callWithTools } from "./tools.ts";

/** The number of a process, when it began, and which of its looks it is. */
type Visitor = `${number}/${string}/${number}`;

let visits = 0;

// The same texts each time: the engine keeps what it has compiled of a text. No method of an array is called, for a
// program may have changed it: the inspector must be closed all the same.

/**
 * By one signal Node opens the inspector in the middle of a step, and again at the next turn of the loop: where the
 * step is long, after all have left. So it is closed once more behind that turn.
 */
const ENTER = `function (pid, visitor, opened) {
  const { process, later } = this;
  if (process.pid !== pid) return process.pid;
  const key = Symbol.for("tsyncio.visits");
  const visits = (process[key] ??= { opened: false, visitors: { __proto__: null } });
  visits.visitors[visitor] = true;
  if (!opened) return process.pid;
  visits.opened = true;
  const closeAgain = () => {
    if (process[key] === undefined) process._debugEnd();
  };
  later(50, () => later(1, closeAgain));
  return process.pid;
}`;

const LEAVE = `function (opened, ...gone) {
  const { process } = this;
  const key = Symbol.for("tsyncio.visits");
  const visits = process[key] ?? { opened, visitors: { __proto__: null } };
  for (let i = 0; i < gone.length; i++) delete visits.visitors[gone[i]];
  let left = "";
  for (const visitor in visits.visitors) left += visitor + " ";
  if (left !== "") return left;
  delete process[key];
  if (visits.opened) process._debugEnd();
  return left;
}`;

/** Where that does not work. */
const CLOSE = "function (opened) { if (opened) this.process._debugEnd(); }";

/** Enters the process if it is number `pid`, and resolves with the number that it has. `opened`: for this look. */
export async function enter(session: Session, pid: number, visitor: Visitor, opened: boolean): Promise<unknown> {
  return (await callWithTools(session, ENTER, [pid, visitor, opened])).value;
}

/** The last to leave closes the inspector, if one of those that were there has opened it: then there is no answer. */
export async function leave(session: Session, visitor: Visitor, opened: boolean): Promise<void> {
  const ask = (gone: readonly Visitor[]): Promise<RemoteValue> =>
    callWithTools(session, LEAVE, [opened, ...gone]).catch((error) => {
      if (!(error instanceof ThrownThere)) throw error;
      return callWithTools(session, CLOSE, [opened]);
    });
  for (let gone = [visitor]; gone.length > 0; ) {
    const { value = "" } = await ask(gone);
    gone = (String(value).split(" ") as Visitor[]).filter((one) => one !== ("" as Visitor) && isGone(one));
  }
}

export function newVisitor(): Visitor {
  return `${process.pid}/${statusOf(process.pid)?.began ?? ""}/${++visits}`;
}

function isGone(visitor: Visitor): boolean {
  const [pid, began] = visitor.split("/");
  return statusOf(Number(pid))?.began !== began;
}
