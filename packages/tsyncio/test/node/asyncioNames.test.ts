/** docs/asyncio-names.md against asyncio's names, and against what the package exports. */

import { readdirSync, readFileSync } from "node:fs";
import * as tsyncio from "tsyncio";
import * as executors from "tsyncio/executors";
import * as net from "tsyncio/net";
import { describe, expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");

interface Names {
  readonly names: string[];
  readonly hooks: string[];
  readonly windows: string[];
  readonly deprecated: string[];
  readonly subprocess: string[];
  readonly builtins: string[];
  readonly members: Record<string, string[]>;
  readonly bases: Record<string, string>;
}

const asyncio = JSON.parse(read("docs/asyncio-names.json")) as Names;
const page = read("docs/asyncio-names.md");
const entries: Record<string, Record<string, unknown>> = {
  tsyncio,
  "tsyncio/net": net,
  "tsyncio/executors": executors,
};
const indexes: Record<string, string> = {
  tsyncio: read("packages/tsyncio/src/production.ts"),
  "tsyncio/net": read("packages/tsyncio/src/net/index.ts"),
  "tsyncio/executors": read("packages/tsyncio/src/executors/index.ts"),
};
/** Where interfaces and abstract methods are: nothing of them is left at run time. */
const declarations = ["net", "executors"]
  .flatMap((folder) => readdirSync(new URL(`../../src/${folder}/`, import.meta.url)).map((file) => `${folder}/${file}`))
  .map((file) => read(`packages/tsyncio/src/${file}`))
  .join("\n");

interface Row {
  /** The head of its table's first column. */
  readonly table: string;
  readonly line: string;
  readonly python: string[];
  /** Null: it is not there. */
  readonly forms: Form[] | null;
}

interface Form {
  readonly entry: string;
  /** `Future.result`, `Runner[Symbol.asyncDispose]`, `gather`. */
  readonly name: string;
  readonly kind: "class" | "call" | "value" | "type";
}

/** The code spans of a cell; `.name` is completed by the class that was named last. */
function spans(cell: string): { text: string; isType: boolean }[] {
  let owner = "";
  return [...cell.matchAll(/(type )?`([^`]+)`/g)].map(([, type, span = ""]) => {
    if (span.startsWith(".")) return { text: owner + span, isType: false };
    owner = /^[\w.]*?(?=\.\w+(?:\(|$)|\[)/.exec(span)?.[0] ?? span;
    return { text: span, isType: type !== undefined };
  });
}

function formsOf(cell: string): Form[] {
  const found = spans(cell);
  const entry = found.find(({ text }) => text.startsWith("tsyncio/"))?.text ?? "tsyncio";
  return found
    .filter(({ text }) => text !== entry)
    .map(({ text, isType }) => {
      const [, made, name = text, call] = /^(new )?(.*?)(\(.*)?$/.exec(text) ?? [];
      return { entry, name, kind: isType ? "type" : made ? "class" : call ? "call" : "value" };
    });
}

function readRows(): Row[] {
  const rows: Row[] = [];
  let table = "";
  for (const line of page.split("\n")) {
    if (!line.startsWith("| ") || line.startsWith("| ---")) continue;
    const [first = "", second = ""] = line.slice(2).split(" | ");
    if (/^(asyncio 3.15|Python|tsyncio)$/.test(first)) {
      table = first;
      continue;
    }
    if (table === "tsyncio") rows.push({ table, line, python: [], forms: formsOf(first) });
    else {
      const python = spans(first).map(({ text }) => text.replace(/^loop\./, "AbstractEventLoop."));
      rows.push({ table, line, python, forms: second === "–" ? null : formsOf(second) });
    }
  }
  return rows;
}

const rows = readRows();
const documented = new Set(rows.flatMap(({ python }) => python));

const everything = [
  ...[asyncio.names, asyncio.hooks, asyncio.windows, asyncio.deprecated, asyncio.builtins].flat(),
  ...asyncio.subprocess.map((name) => `subprocess.${name}`),
  ...Object.entries(asyncio.members).flatMap(([cls, list]) => list.map((name) => `${cls}.${name}`)),
];

/** Properties that only an object has. */
const examples: Record<string, () => object> = {
  Barrier: () => new tsyncio.Barrier(1),
  EventLoop: () => tsyncio.virtualLoop(),
  FrameCallGraphEntry: () => new tsyncio.FrameCallGraphEntry({ name: "", file: "", line: 1, column: 1 }),
  FutureCallGraph: () => new tsyncio.FutureCallGraph(tsyncio.virtualLoop().createFuture(), [], []),
  IncompleteReadError: () => new tsyncio.IncompleteReadError(new Uint8Array(), 1),
  LimitOverrunError: () => new tsyncio.LimitOverrunError("", 0),
  Queue: () => new tsyncio.Queue(),
};

const isType = (entry: string, name: string): boolean =>
  new RegExp(`\\btype ${name}\\b|export type \\{[^}]*\\b${name}\\b`).test(indexes[entry] ?? "");

/** True if the class or interface says that it has the member. */
function declares(owner: string, member: string): boolean {
  const body =
    new RegExp(`^export (?:abstract )?(?:class|interface) ${owner}\\b[^]*?^\\}`, "m").exec(declarations)?.[0] ?? "";
  return new RegExp(`^  (?:(?:abstract|readonly|override|get|async) )*\\*?${member}\\b`, "m").test(body);
}

function exists({ entry, name, kind }: Form): boolean {
  const exported = entries[entry] ?? {};
  if (kind === "type") return isType(entry, name);
  const symbol = /^(\w+)\[Symbol\.(\w+)\]$/.exec(name);
  const [owner = "", member] = symbol ? [symbol[1], symbol[2]] : name.replace(/^loop\./, "EventLoop.").split(".");
  const value = exported[owner];
  if (member === undefined) return kind === "value" ? value !== undefined : typeof value === "function";
  if ((value !== undefined || isType(entry, owner)) && declares(owner, member)) return true;
  if (typeof value !== "function") return false;
  const key = symbol ? (Symbol as unknown as Record<string, symbol>)[member] : member;
  const proto = value.prototype as Record<PropertyKey, unknown>;
  if (key === undefined) return false;
  return kind === "call" ? typeof proto[key] === "function" : key in (examples[owner]?.() ?? proto);
}

const camel = (name: string): string =>
  name.replace(/(?<=[a-z])_([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe("docs/asyncio-names.md", () => {
  it("names everything that asyncio 3.15 has", () => {
    expect(everything.length).toBeGreaterThan(300);
    expect(everything.filter((name) => !documented.has(name))).toEqual([]);
  });

  it("names nothing as asyncio's that asyncio does not have", () => {
    const known = new Set([...everything, "subprocess.Process"]);
    const strangers = rows.filter(({ table }) => table === "asyncio 3.15").flatMap(({ python }) => python);
    expect(strangers.filter((name) => !known.has(name))).toEqual([]);
  });

  it("returns only forms that exist", () => {
    const missing = rows.flatMap(({ line, forms }) =>
      (forms ?? []).filter((f) => !exists(f)).map((f) => [f.name, line]),
    );
    expect(missing).toEqual([]);
    expect(rows.filter(({ forms }) => forms?.length === 0)).toEqual([]);
    expect(rows.flatMap(({ forms }) => forms ?? []).length).toBeGreaterThan(200);
  });

  it("says of nothing that it is missing when it is there", () => {
    const there = rows
      .filter(({ forms }) => forms === null)
      .flatMap(({ python }) => python)
      .filter((name) => {
        const [owner = "", member] = name
          .replace(/^AbstractEventLoop\./, "EventLoop.")
          .split(".")
          .map(camel);
        const forms = [member === undefined ? owner : `${owner}.${member}`, ...(owner === "EventLoop" ? [member] : [])];
        return Object.keys(entries).some((entry) =>
          forms.some(
            (form) => form !== undefined && (exists({ entry, name: form, kind: "value" }) || isType(entry, form)),
          ),
        );
      });
    expect(there).toEqual([]);
  });

  it("returns the camelCase name, or says why not", () => {
    const modules = /^(?:contextvars|functools|types|socket|ssl|subprocess)\./;
    const renamed = rows
      .filter(({ python, forms }) => forms !== null && python.length === forms.length)
      .flatMap(({ python, forms }) => python.map((name, i) => [name, (forms as Form[])[i] as Form] as const))
      .filter(([name, form]) => {
        // What the loop does with the network are functions of their own.
        const loop = form.entry === "tsyncio" ? "loop." : "";
        const python = name
          .replace("AbstractEventLoop.", loop)
          .replace("AbstractServer.", "Server.")
          .replace(modules, "");
        return camel(python) !== form.name;
      })
      .map(([name, form]) => [name, form.name] as const)
      // A Future of theirs is a Job here: the name is taken.
      .filter(([name]) => !name.startsWith("concurrent.futures."));
    // Where asyncio has one word, and English two.
    const oddities = ["StreamReader.readExactly", "StreamReader.readUntil", "EventLoop", "isMain"];
    expect(renamed.filter(([, form]) => !oddities.includes(form))).toEqual([]);
  });

  it("names everything that the package exports", () => {
    const named = new Set(rows.flatMap(({ forms }) => (forms ?? []).map(({ name }) => name.split(/[.[]/)[0])));
    const exported = Object.values(entries).flatMap((entry) => Object.keys(entry));
    expect(exported.filter((name) => !named.has(name))).toEqual([]);
  });

  it("is right that subclasses have the methods of their bases", () => {
    const strangers = Object.entries(asyncio.bases).filter(([name, base]) => {
      const [Sub, Base] = [name, base].map((n) => ({ ...net, ...tsyncio })[n as "Queue"] as unknown);
      return typeof Sub === "function" && typeof Base === "function" && !(Sub.prototype instanceof Base);
    });
    expect(strangers).toEqual([]);
  });
});
