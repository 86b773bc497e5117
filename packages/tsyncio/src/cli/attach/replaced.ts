/**
 * Which of its built-ins a program has replaced, for the message where looking into it fails. The inspector tells it:
 * nothing runs there but the names.
 */

import { TargetError } from "../errors.ts";
import { type Session, ThrownThere } from "./inspector.ts";

/** Those that looks and instruments stand on. */
const OWNERS = [
  ...["Array", "Error", "Map", "Number", "Object", "RegExp", "Set", "String", "WeakMap"].flatMap((name) => [
    name,
    `${name}.prototype`,
  ]),
  "Function.prototype",
  "Object.getPrototypeOf([][Symbol.iterator]())",
  "Reflect",
  "Symbol",
];
/** At most this many are named. */
const SHOWN = 5;

interface Property {
  readonly name: string;
  readonly value?: { readonly type: string; readonly description?: string };
}

/** The engine's, and one of Node's. */
const OWN = /\{ \[native code\] \}$|^function ErrorPrepareStackTrace\(/;

/** What to throw instead of what a look has thrown: a refusal as it is, else with what may be the cause. */
export async function explained(error: unknown, session: Session): Promise<never> {
  if (error instanceof TargetError && !(error instanceof ThrownThere)) throw error;
  const { message } = error as Error;
  const text = error instanceof ThrownThere ? message : `what the process answers cannot be read: ${message}`;
  throw new TargetError(text + (await hintIn(session)));
}

/** Empty if the program has replaced nothing. */
export async function hintIn(session: Session): Promise<string> {
  const names = await replacedIn(session);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return names.length === 0 ? "" : `. Its program has replaced ${names.slice(0, SHOWN).join(", ")}${more}`;
}

/** Functions that are not the engine's, where it has its own: `Map.prototype.get`. */
async function replacedIn(session: Session): Promise<string[]> {
  const names: string[] = [];
  for (const owner of OWNERS) {
    try {
      const { objectId, ...value } = await session.evaluate(owner, { returnByValue: false });
      const { result } = await session.call("Runtime.getProperties", { objectId, ownProperties: true });
      const properties = [{ name: "", value }, ...(result as readonly Property[])];
      for (const { name } of properties.filter(isReplaced)) {
        names.push(owner + name.replace(/^(?=.)/, ".").replace(/^\.Symbol\((.*)\)$/, "[$1]"));
      }
    } catch {
      // It is no object any more, or what it is found by has been replaced: then that is named.
    }
  }
  return names;
}

function isReplaced({ name, value }: Property): boolean {
  return value?.type === "function" && name !== "constructor" && !OWN.test(value.description ?? "");
}
