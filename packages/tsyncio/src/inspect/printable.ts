/** Texts of a program as a terminal may show them: a task may be named after what a client has sent. */

import type { ThreadData } from "./snapshot.ts";

/**
 * Control characters, among them those of escape sequences; ends of lines; what turns the direction of a text; halves
 * of characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The same data with all of its texts printable. What has none that is not is returned as it is. */
export function printable<T>(data: T): T {
  if (typeof data === "string") return data.replace(UNPRINTABLE, escaped) as T;
  if (typeof data !== "object" || data === null) return data;
  let copy: T | null = null;
  for (const key of Object.keys(data) as (keyof T)[]) {
    const shown = printable(data[key]);
    if (shown === data[key]) continue;
    copy ??= (Array.isArray(data) ? [...data] : { ...data }) as T;
    copy[key] = shown;
  }
  return copy ?? data;
}

/** The same thread as a terminal may show it. A task's name that would not be seen stands in quotes. */
export function shownThread<T extends ThreadData>(thread: T): T {
  const shown = printable(thread);
  return { ...shown, tasks: shown.tasks.map((task) => ({ ...task, name: shownName(task.name) })) };
}

/** As it is shown. */
export function shownName(name: string): string {
  return name.trim() === "" ? JSON.stringify(name) : printable(name);
}

/** As JSON, in which `JSON.stringify` escapes only some of them. */
export function printableJson(data: unknown): string {
  return JSON.stringify(data).replace(UNPRINTABLE, (character) => `\\u${hexOf(character).padStart(4, "0")}`);
}

const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** As it is written in JavaScript. */
function escaped(character: string): string {
  const hex = hexOf(character);
  return SHORT[character] ?? (hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
