/** Holds back the lines of a prompt while an input runs: pasted and piped text comes all at once. */

import type { REPLServer } from "node:repl";

export class LineGate {
  private readonly server: REPLServer;
  private readonly listeners: ((this: REPLServer, line: string) => void)[];
  private readonly lines: string[] = [];
  private isOpen = true;

  constructor(server: REPLServer) {
    this.server = server;
    this.listeners = server.listeners("line") as typeof this.listeners;
    server.removeAllListeners("line");
    server.on("line", (line) => {
      this.lines.push(line);
      this.pass();
    });
  }

  close(): void {
    this.isOpen = false;
  }

  open(): void {
    this.isOpen = true;
    this.pass();
  }

  private pass(): void {
    while (this.isOpen && this.lines.length > 0) {
      const line = this.lines.shift() as string;
      for (const listener of this.listeners) listener.call(this.server, line);
    }
  }
}
