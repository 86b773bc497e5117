/**
 * Several commands may look into a process at the same time, and the last one closes the inspector. So each is noted in
 * the process as long as it looks; one that was killed meanwhile is found by its number.
 */

import type { Session } from "./inspector.ts";
import { statusOf } from "./proc.ts";

/** The number of a process, when it began, and which of its looks it is. */
type Visitor = `${number}/${string}/${number}`;

const KEY = `Symbol.for("tsyncio.visits")`;
let visits = 0;

/** Enters the process if it is number `pid`, and resolves with the number that it has. `opened`: for this look. */
export async function enter(session: Session, pid: number, visitor: Visitor, opened: boolean): Promise<unknown> {
  const { value } = await session.evaluate(`(() => {
    if (process.pid !== ${pid}) return process.pid;
    const visits = (process[${KEY}] ??= { opened: false, visitors: [] });
    if (${opened}) visits.opened = true;
    visits.visitors.push(${JSON.stringify(visitor)});
    return process.pid;
  })()`);
  return value;
}

/** The last to leave closes the inspector, if one of those that were there has opened it: then there is no answer. */
export async function leave(session: Session, visitor: Visitor, opened: boolean): Promise<void> {
  for (let gone = [visitor]; gone.length > 0; ) {
    const { value } = await session.evaluate(`(() => {
      const visits = process[${KEY}] ?? { opened: ${opened}, visitors: [] };
      const gone = ${JSON.stringify(gone)};
      visits.visitors = visits.visitors.filter((one) => !gone.includes(one));
      if (visits.visitors.length > 0) return JSON.stringify(visits.visitors);
      delete process[${KEY}];
      if (visits.opened) process._debugEnd();
      return "[]";
    })()`);
    gone = (JSON.parse(String(value)) as Visitor[]).filter(isGone);
  }
}

export function newVisitor(): Visitor {
  return `${process.pid}/${statusOf(process.pid)?.began ?? ""}/${++visits}`;
}

function isGone(visitor: Visitor): boolean {
  const [pid, began] = visitor.split("/");
  return statusOf(Number(pid))?.began !== began;
}
