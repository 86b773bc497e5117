import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSubprocessExec, PIPE } from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { nodeOptions } from "../children.ts";
import { bytes, clean, text } from "./support.ts";

const program = fileURLToPath(new URL("programs/stdio.ts", import.meta.url));
const node = [...nodeOptions, "--no-warnings", program];
const hasPython = spawnSync("python3", ["--version"]).status === 0;

function start(...args: string[]) {
  return createSubprocessExec(process.execPath, ...node, ...args, { stdin: PIPE, stdout: PIPE, stderr: PIPE });
}

describe("openStdin, openStdout, openStderr", () => {
  it("are streams over pipes; closing stdout leaves it to console.log", async () => {
    await clean(function* () {
      const proc = yield* start("upper");
      proc.stdin.write(bytes("one\n"));
      expect(text(yield* proc.stdout.readline())).toBe("ONE\n");
      const [out, err] = yield* proc.communicate(bytes("two\nthree"));
      expect([text(out), text(err), proc.returncode]).toEqual(["TWO\nTHREEstdout is still there\n", "", 0]);
    });
  });

  it("do not hold the process once stdin is closed", async () => {
    await clean(function* () {
      const proc = yield* start("released");
      expect(text(yield* proc.stdout.read())).toBe("nothing came\n");
      expect(yield* proc.wait()).toBe(0);
    });
  });

  it("do not hold the process when the loop has ended", async () => {
    await clean(function* () {
      const proc = yield* start("leftOpen");
      expect(text(yield* proc.stdout.read())).toBe("the loop ends\n");
      expect(yield* proc.wait()).toBe(0);
    });
  });

  it("write 20 MiB to a reader that takes its time", async () => {
    await clean(function* () {
      const proc = yield* start("numbers");
      const [out] = yield* proc.communicate();
      expect(out.length).toBe(20 << 20);
      for (let i = 0; i < 20; i++) expect(out[(i << 20) + 5]).toBe(97 + i);
    });
  });

  it("go where they should", async () => {
    await clean(function* () {
      const proc = yield* start("both");
      const [out, err] = yield* proc.communicate();
      expect([text(out), text(err)]).toEqual(["to stdout\n", "to stderr\n"]);
    });
  });

  it("refuse a second reader of stdin while it is open", async () => {
    await clean(function* () {
      const proc = yield* start("twice");
      const [out] = yield* proc.communicate(bytes("all of it"));
      const said = "process.stdin is being read already: close the reader or the transport that reads it";
      expect(text(out)?.split("\n")).toEqual([
        `RuntimeError: openStdin: ${said}`,
        `RuntimeError: connectReadPipe: ${said}`,
        "all of it",
        "",
      ]);
    });
  });

  it("can be opened again: what comes later is not lost", async () => {
    await clean(function* () {
      const proc = yield* start("line", "twice");
      for (const word of ["first", "second"]) {
        expect(text(yield* proc.stdout.readline())).toBe("ready\n");
        proc.stdin.write(bytes(`${word}\n`));
        expect(text(yield* proc.stdout.readline())).toBe(`line "${word}\\n", a terminal: false\n`);
      }
      expect(yield* proc.wait()).toBe(0);
    });
  });

  it.each(
    ["close", "loop", "transport", "node", "after the end"].flatMap((how) =>
      ["", "\nfour"].map((later) => [how, later] as const),
    ),
  )("can be opened again: what came in one piece is not lost with the first reader (%s, %j)", async (how, later) => {
    await clean(function* () {
      const proc = yield* start("reopened", how);
      proc.stdin.write(bytes("one\ntwo\nthree"));
      if (later === "") proc.stdin.close();
      expect(text(yield* proc.stdout.readline())).toBe("one\n");
      const [out] = yield* proc.communicate(later === "" ? null : bytes(later));
      expect(text(out)).toBe(later === "" ? "two\nthree\n" : "two\nthree\nfour\n");
    });
  });

  it("read a file too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsyncio-"));
    writeFileSync(join(folder, "in.txt"), "from a file\n");
    await clean(function* () {
      const stdin = openSync(join(folder, "in.txt"), "r");
      const proc = yield* createSubprocessExec(process.execPath, ...node, "upper", { stdin, stdout: PIPE });
      const [out] = yield* proc.communicate();
      closeSync(stdin);
      expect(text(out)).toBe("FROM A FILE\nstdout is still there\n");
    });
    rmSync(folder, { recursive: true });
  });

  it.skipIf(!hasPython)("read a terminal", async () => {
    await clean(function* () {
      const command = JSON.stringify([process.execPath, ...node, "line"]);
      const proc = yield* createSubprocessExec("python3", "-c", `import pty; pty.spawn(${command})`, {
        stdin: PIPE,
        stdout: PIPE,
      });
      expect(text(yield* proc.stdout.readUntil(bytes("ready\r\n")))).toBe("ready\r\n");
      const [out] = yield* proc.communicate(bytes("typed\n"));
      expect(text(out)).toContain('line "typed\\n", a terminal: true');
    });
  });
});
