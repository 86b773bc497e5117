/** Programs in a terminal of their own. */

import { type ChildProcess, spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { CLI, nodeOptions } from "../children.ts";
import { ENV } from "./support.ts";

/** Runs a program in a terminal of that size, and passes on what is typed and shown. */
const PTY = `
import fcntl, os, pty, select, struct, sys, termios
rows, columns = int(sys.argv[1]), int(sys.argv[2])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])
while True:
    ready = select.select([0, terminal], [], [])[0]
    try:
        if terminal in ready:
            shown = os.read(terminal, 65536)
            if not shown: break
            os.write(1, shown)
        if 0 in ready: os.write(terminal, os.read(0, 1024))
    except OSError:
        break
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** The program `tsyncio` in a terminal. */
export class Terminal {
  readonly child: ChildProcess;
  shown = "";

  constructor({ rows, columns }: Size, args: readonly string[], env: Record<string, string> = {}) {
    const options = [...nodeOptions, "--no-warnings", CLI];
    const size = [String(rows), String(columns)];
    this.child = spawn("python3", ["-c", PTY, ...size, process.execPath, ...options, ...args], {
      env: { ...ENV, TERM: "xterm", ...env },
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.shown += text;
    });
  }

  press(keys: string): void {
    this.child.stdin?.write(keys);
  }

  /** The picture that is shown last, whole. */
  get picture(): string[] {
    const pictures = this.shown.split("\x1b[H\x1b[J");
    return stripVTControlCharacters(pictures.at(-1) as string).split("\r\n");
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.picture.join("\n"))) {
      if (this.child.exitCode !== null) throw new Error(`it has ended: ${this.shown}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
