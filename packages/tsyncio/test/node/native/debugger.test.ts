/** A debugger on a program in native syntax, by the inspector's protocol: no source map, the user's lines and names. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, expect, test } from "vitest";
import { Project } from "../../../../tsyncio-transform/test/node/project.ts";
import { nodeOptions } from "../children.ts";

const PROGRAM = `"use tsyncio";
import { createTask, run, sleep } from "tsyncio";

async function other() {
  for (let i = 0; i < 50; i += 1) await sleep(0);
}

const arrow = async (n: number) => {
  await sleep(0);
  return n * 2;
};

class Account {
  balance = 1;
  async add(n: number) {
    const doubled = await arrow(n);
    this.balance += doubled;
    return this.balance;
  }
}

async function main() {
  createTask(other());
  const account = new Account();
  const result = await account.add(20);
  console.log(result);
}

await run(main());
`;
const lineOf = (text: string): number => PROGRAM.split("\n").findIndex((line) => line.includes(text));

const project = new Project({ "main.mts": PROGRAM });
afterAll(() => project[Symbol.dispose]());

interface Frame {
  readonly functionName: string;
  readonly location: { readonly lineNumber: number };
  readonly this: { readonly className?: string };
}

/** One debugger, attached before the first line. */
class Debugger {
  private readonly socket: WebSocket;
  private readonly answers = new Map<number, (result: unknown) => void>();
  private readonly pauses: Frame[][] = [];
  private onPause: ((frames: Frame[]) => void) | null = null;
  private sent = 0;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.addEventListener("message", ({ data }) => {
      const { id, result, method, params } = JSON.parse(String(data));
      if (id !== undefined) this.answers.get(id)?.(result);
      else if (method === "Debugger.paused") {
        if (this.onPause === null) this.pauses.push(params.callFrames);
        else this.onPause(params.callFrames);
        this.onPause = null;
      }
    });
  }

  opened(): Promise<unknown> {
    return once(this.socket as never, "open");
  }

  call(method: string, params: object = {}): Promise<never> {
    const id = ++this.sent;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.answers.set(id, resolve as never));
  }

  paused(): Promise<Frame[]> {
    const frames = this.pauses.shift();
    if (frames !== undefined) return Promise.resolve(frames);
    return new Promise((resolve) => {
      this.onPause = resolve;
    });
  }

  async next(method: string): Promise<Frame[]> {
    const paused = this.paused();
    await this.call(method);
    return paused;
  }

  close(): void {
    this.socket.close();
  }
}

test("breakpoints, steps over await and paused stacks are those of the user's lines and functions", async () => {
  const options = ["--inspect-brk=127.0.0.1:0", ...nodeOptions, "--import", "tsyncio-transform/register"];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [...options, "main.mts"], { cwd: project.folder, env });
  let printed = "";
  child.stdout.on("data", (data: Buffer) => {
    printed += data;
  });
  const url = await new Promise<string>((resolve) => {
    let text = "";
    child.stderr.on("data", (data: Buffer) => {
      text += data;
      const found = /ws:\/\/\S+/.exec(text);
      if (found !== null) resolve(found[0]);
    });
  });
  const tool = new Debugger(url);
  await tool.opened();
  await tool.call("Debugger.enable");
  // As editors do it for what is in node_modules.
  await tool.call("Debugger.setBlackboxPatterns", { patterns: ["/packages/tsyncio", "^node:"] });
  const file = `file://${project.path("main.mts")}`;
  for (const text of ["await arrow(n)", "return n * 2"]) {
    await tool.call("Debugger.setBreakpointByUrl", { url: file, lineNumber: lineOf(text) });
  }
  const begun = tool.paused();
  await tool.call("Runtime.runIfWaitingForDebugger");
  await begun;

  const top = ([frame]: Frame[]) => [frame?.functionName, frame?.location.lineNumber];
  const atAdd = await tool.next("Debugger.resume");
  expect(top(atAdd)).toEqual(["add", lineOf("await arrow(n)")]);
  expect(atAdd[0]?.this.className).toBe("Account");
  const names = atAdd.map(({ functionName }) => functionName).filter((name) => name === "add" || name === "main");
  expect(names).toEqual(["add", "main"]);

  expect(top(await tool.next("Debugger.resume"))).toEqual(["arrow", lineOf("return n * 2")]);
  await tool.call("Debugger.removeBreakpoint", { breakpointId: `1:${lineOf("return n * 2")}:0:${file}` });

  // To the end of the arrow function, and out of it: the next line of the method that awaited it.
  let frames = await tool.next("Debugger.stepOut");
  for (let i = 0; i < 5 && top(frames)[1] !== lineOf("this.balance +="); i += 1)
    frames = await tool.next("Debugger.stepOver");
  expect(top(frames)).toEqual(["add", lineOf("this.balance +=")]);

  await tool.call("Debugger.resume");
  await tool.call("Debugger.disable");
  tool.close();
  await once(child, "close");
  expect(printed).toBe("41\n");
});
