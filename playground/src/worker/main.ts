/** In the worker: one program, once. */

import type { Order, Outcome, Told } from "../protocol.ts";
import { CompileError, compile } from "./compile.ts";
import { Modules } from "./modules.ts";
import { Printer } from "./printer.ts";
import { findRace } from "./race.ts";
import { Runs } from "./runs.ts";
import { watchForStuck } from "./stuck.ts";
import { TaskWatcher } from "./taskWatcher.ts";
import { beginVirtualTime } from "./virtualTime.ts";

export type Tell = (told: Told) => void;

addEventListener("message", ({ ports: [port] }) => port && listen(port), { once: true });

function listen(port: MessagePort): void {
  // Bound before the program runs, which could otherwise get hold of the port: it calls no method of a prototype.
  const tell: Tell = port.postMessage.bind(port);
  const printer = new Printer(tell);
  printer.takeConsole();
  addEventListener("error", (event) => {
    event.preventDefault();
    printer.printError(event.error ?? event.message);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    printer.printError(event.reason);
  });
  port.onmessage = ({ data }: MessageEvent<Order>) => {
    port.onmessage = null;
    const finished = (outcome: Outcome): void => tell({ type: "finished", outcome });
    // the program may have broken what prints errors
    begin(data, tell, printer).then(finished, () => finished("failed"));
  };
}

async function begin({ mode, clock, code }: Order, tell: Tell, printer: Printer): Promise<Outcome> {
  const watcher = new TaskWatcher(tell);
  const runs = new Runs(mode);
  const modules = new Modules(runs.run);
  try {
    const compiled = compile(code, mode, modules);
    for (const { line, message } of compiled.warnings) printer.print("warn", message, line);
    if (mode === "run" && clock === "virtual") beginVirtualTime();
    else if (mode === "run") watchForStuck(() => tell({ type: "stuck" }));
    if (mode === "run") watcher.watch();
    const evaluated = import(/* @vite-ignore */ modules.urlOf(compiled.code));
    if (mode === "race") findRace(await runs.main(evaluated), { tell, printer, watcher });
    else {
      await evaluated;
      await runs.ended();
    }
    return "ended";
  } catch (error) {
    printer.printError(error);
    return error instanceof CompileError ? "refused" : "failed";
  }
}
