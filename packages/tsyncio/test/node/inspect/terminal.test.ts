/** `tsyncio top` in a terminal: keys, colours, and what it leaves behind. */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { CLI, printed, Running } from "./support.ts";

const program = fileURLToPath(new URL("../programs/busy.ts", import.meta.url));
const [ROWS, COLUMNS] = [30, 100];

/** Runs a program in a terminal of its own, and passes on what is typed and shown. */
const PTY = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ${ROWS}, ${COLUMNS}, 0, 0))
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

const [UP, DOWN, ENTER, ESCAPE] = ["\x1b[A", "\x1b[B", "\r", "\x1b"];

class Terminal {
  readonly child: ChildProcess;
  shown = "";

  constructor(pid: number) {
    const options = ["--conditions=@tsyncio/source", "--no-warnings", CLI];
    const args = ["top", String(pid), "--every", "0.3"];
    this.child = spawn("python3", ["-c", PTY, process.execPath, ...options, ...args]);
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

describe.runIf(process.platform === "linux")("tsyncio top in a terminal", () => {
  it("sorts, filters, searches, opens a task, and restores the terminal", async () => {
    await using running = await Running.node(program);
    const top = new Terminal(running.pid);
    const ended = printed(top.child);
    await top.until(/WAITED.*by waited, all\)\n(?:.*\n)*.*holds waits for sleep/);
    expect(top.shown).toContain("\x1b[1mholds\x1b[0m");
    for (const line of top.picture) expect(line.length).toBeLessThanOrEqual(COLUMNS);
    expect(top.picture.length).toBeLessThanOrEqual(ROWS);
    top.press("s");
    await top.until(/by name, all\)\n.* blocks .*\n.* fills .*\n.* holds /);
    top.press("fff");
    await top.until(/by name, waiting/);
    top.press("/HOL");
    await top.until(/by name, waiting\) {2}\/HOL\n +>? *[\d.]+ s {2}waiting {3}holds [^\n]*\n*$/);
    top.press(`d\x7f${ENTER}${DOWN}`);
    await top.until(/\/HOL\n>.*holds/);
    top.press(ENTER);
    await top.until(
      /\nholds waits for sleep\(1000\), for > .*\n +at holds \(.*busy\.ts:\d+:\d+\)\nholds: a timer will wake it/,
    );
    top.press(ESCAPE);
    await top.until(/\/HOL\n>.*holds/);
    top.press(ESCAPE);
    await top.until(/by name, waiting\)\n/);
    top.press(`${UP}${DOWN}${DOWN}`);
    await top.until(/\n>/);
    top.press("q");
    const { code } = await ended;
    expect(code).toBe(0);
    // The cursor, and the screen that was there before.
    expect(top.shown.endsWith("\x1b[?25h\x1b[?1049l")).toBe(true);
    expect(running.alive()).toBe(true);
  });

  it("ends by Ctrl-C, as a key that is typed", async () => {
    await using running = await Running.node(program);
    const top = new Terminal(running.pid);
    const ended = printed(top.child);
    await top.until(/WAITED/);
    top.press("\x03");
    expect((await ended).code).toBe(0);
  });
});
