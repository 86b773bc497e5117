/**
 * Several commands may look into a process at the same time, and the last one closes the inspector. So each is noted in
 * the process as long as it looks; one that was killed meanwhile is found by its number.
 */

import type { Session } from "./inspector.ts";
import { statusOf } from "./proc.ts";

/** The number of a process, when it began, and which of its looks it is. */
type Visitor = `${number}/${string}/${number}`;

let visits = 0;

// The same texts each time: the engine keeps what it has compiled of a text.

const ENTER = `function (pid, visitor, opened) {
  if (this.pid !== pid) return this.pid;
  const visits = (this[Symbol.for("tsyncio.visits")] ??= { opened: false, visitors: [] });
  if (opened) visits.opened = true;
  visits.visitors.push(visitor);
  return this.pid;
}`;

const LEAVE = `function (opened, ...gone) {
  const key = Symbol.for("tsyncio.visits");
  const visits = this[key] ?? { opened, visitors: [] };
  visits.visitors = visits.visitors.filter((one) => !gone.includes(one));
  if (visits.visitors.length > 0) return visits.visitors;
  delete this[key];
  if (visits.opened) this._debugEnd();
  return [];
}`;

/** Enters the process if it is number `pid`, and resolves with the number that it has. `opened`: for this look. */
export async function enter(session: Session, pid: number, visitor: Visitor, opened: boolean): Promise<unknown> {
  return callOnProcess(session, ENTER, pid, visitor, opened);
}

/** The last to leave closes the inspector, if one of those that were there has opened it: then there is no answer. */
export async function leave(session: Session, visitor: Visitor, opened: boolean): Promise<void> {
  for (let gone = [visitor]; gone.length > 0; ) {
    gone = ((await callOnProcess(session, LEAVE, opened, ...gone)) as Visitor[]).filter(isGone);
  }
}

async function callOnProcess(session: Session, declaration: string, ...values: unknown[]): Promise<unknown> {
  const { objectId = "" } = await session.evaluate("process", false);
  return (await session.callOn(objectId, declaration, ...values)).value;
}

export function newVisitor(): Visitor {
  return `${process.pid}/${statusOf(process.pid)?.began ?? ""}/${++visits}`;
}

function isGone(visitor: Visitor): boolean {
  const [pid, began] = visitor.split("/");
  return statusOf(Number(pid))?.began !== began;
}
