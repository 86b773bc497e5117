import { type Coroutine, ValueError } from "tsyncio";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  INHERIT,
  PIPE,
  STDOUT,
  SubprocessProtocol,
  subprocessExec,
  subprocessShell,
} from "tsyncio/net";
import { afterEach, describe, expect, it } from "vitest";
import { any, errorOf } from "../../support.ts";
import { clean, text } from "./support.ts";

/** What `args` make `echo` print. */
function* echo(...args: string[]): Coroutine<string | null> {
  const proc = yield* createSubprocessExec("echo", ...args, { stdout: PIPE });
  const [out] = yield* proc.communicate();
  return text(out);
}

describe("an object at the end of arguments that are data", () => {
  it.each([
    { executable: "/bin/false" },
    { env: { PATH: "/tmp" } },
    { cwd: "/" },
    { user: 0 },
    { stdout: 1 },
    { stdout: -1, executable: "/bin/false" },
    { stdout: { fd: 1 } },
    { stdin: null },
    { limit: 1 },
    {},
  ])("is refused as an argument: %j", async (last) => {
    await clean(function* () {
      const data = JSON.parse(JSON.stringify(["hello", last]));
      expect(yield* errorOf(createSubprocessExec("echo", ...data))).toBeInstanceOf(Error);
      expect(yield* errorOf(subprocessExec(() => new SubprocessProtocol(), "echo", ...data))).toBeInstanceOf(Error);
      expect(yield* errorOf(createSubprocessExec("echo", ...data, { stdout: PIPE }))).toBeInstanceOf(TypeError);
    });
  });

  it("is refused with the way to pass options that say nothing of a pipe", async () => {
    await clean(function* () {
      const error = yield* errorOf(createSubprocessExec("echo", "x", any({ cwd: "/" })));
      expect(error).toEqual(
        new TypeError(
          "arguments of createSubprocessExec must be strings, got an object of class Object at the end. If these are the " +
            "options, say in them where stdin, stdout or stderr goes, by PIPE, DEVNULL, STDOUT or INHERIT: " +
            "{ stdout: INHERIT, … }",
        ),
      );
    });
  });

  it("is options with any of PIPE, DEVNULL, STDOUT and INHERIT in it", async () => {
    await clean(function* () {
      const marked = [{ stdin: PIPE }, { stdout: DEVNULL }, { stdout: PIPE, stderr: STDOUT }, { stderr: INHERIT }];
      for (const options of marked) {
        const proc = yield* createSubprocessExec("sh", "-c", 'test "$PWD" = /', { ...options, cwd: "/" });
        expect(yield* proc.wait()).toBe(0);
      }
    });
  });
});

describe("what other code has put on Object.prototype", () => {
  const polluted = ["executable", "env", "cwd", "user", "group", "uid", "gid", "shell", "argv0", "detached", "stdio"];
  afterEach(() => {
    for (const name of [...polluted, "TSYNCIO_LEAKED", "limit", "fd"]) Reflect.deleteProperty(Object.prototype, name);
  });

  it("is no option of a child, and no variable of its environment", async () => {
    await clean(function* () {
      const before = yield* echo("as before");
      const evil = { executable: "/bin/false", env: { A: "b" }, cwd: "/no/such/folder", argv0: "x", stdio: "ignore" };
      const values: Record<string, unknown> = {
        ...evil,
        user: 65534,
        group: 65534,
        uid: 65534,
        gid: 65534,
        shell: "/bin/false",
      };
      for (const name of polluted) Reflect.set(Object.prototype, name, values[name] ?? true);
      Reflect.set(Object.prototype, "TSYNCIO_LEAKED", "leaked");
      Reflect.set(Object.prototype, "limit", -1);
      expect(yield* echo("as before")).toBe(before);
      for (const env of [undefined, null, { ONLY: "this" }]) {
        const options = { stdout: PIPE, ...(env === undefined ? {} : { env }) } as const;
        const proc = yield* createSubprocessExec("/usr/bin/env", options);
        const out = text((yield* proc.communicate())[0]);
        expect(out).not.toContain("leaked");
        if (env) expect(out).toBe("ONLY=this\n");
        expect(yield* proc.wait()).toBe(0);
      }
      const shell = yield* createSubprocessShell("echo shell", { stdout: PIPE });
      expect(text((yield* shell.communicate())[0])).toBe("shell\n");
    });
  });

  it("is no file descriptor", async () => {
    await clean(function* () {
      Reflect.set(Object.prototype, "fd", 1);
      expect(yield* errorOf(createSubprocessShell("true", { stdout: any({}) }))).toBeInstanceOf(TypeError);
    });
  });
});

describe("the options of a child", () => {
  it("are looked up by their own names: constructor, toString and __proto__ are none", async () => {
    await clean(function* () {
      for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
        const options = JSON.parse(`{ "${name}": null }`);
        for (const made of [
          createSubprocessExec("true", { stdout: PIPE, ...options, [name]: null }),
          createSubprocessShell("true", options),
          subprocessShell(() => new SubprocessProtocol(), "true", options),
        ]) {
          const error = yield* errorOf(made);
          expect(error).toBeInstanceOf(TypeError);
          expect(String(error)).toContain(`has no option "${name}"`);
        }
      }
    });
  });

  it("of createSubprocessExec are INHERIT by default, those of subprocessExec and subprocessShell PIPE", async () => {
    await clean(function* () {
      const proc = yield* createSubprocessExec("true");
      expect([proc.stdin, proc.stdout, proc.stderr]).toEqual([null, null, null]);
      yield* proc.wait();
      for (const made of [
        subprocessExec(() => new SubprocessProtocol(), "true"),
        subprocessExec(() => new SubprocessProtocol(), "true", { stderr: PIPE }),
        subprocessShell(() => new SubprocessProtocol(), "true"),
        subprocessShell(() => new SubprocessProtocol(), "true", { stdin: any(undefined) }),
      ]) {
        const [transport] = yield* made;
        for (const fd of [0, 1, 2] as const) expect(transport.getPipeTransport(any(fd))).not.toBe(null);
        transport.close();
      }
      const [transport] = yield* subprocessShell(() => new SubprocessProtocol(), "true", {
        stdin: null,
        stdout: DEVNULL,
      });
      expect([transport.getPipeTransport(0), transport.getPipeTransport(1)]).toEqual([null, null]);
      transport.close();
    });
  });

  it("go with a line for the shell that must be a string", async () => {
    await clean(function* () {
      for (const cmd of [[], 5, null, ["ls"]]) {
        const error = yield* errorOf(createSubprocessShell(any(cmd)));
        expect(error).toBeInstanceOf(ValueError);
        expect(String(error)).toContain("cmd must be a string, got");
        expect(yield* errorOf(subprocessShell(() => new SubprocessProtocol(), any(cmd)))).toBeInstanceOf(ValueError);
      }
    });
  });

  it.each<[object, string]>([
    [{ user: "nobody" }, 'TypeError: user must be the number of a user, got "nobody"'],
    [{ user: -1 }, "ValueError: user must be a whole number from 0 on, got -1"],
    [{ group: 1.5 }, "ValueError: group must be a whole number from 0 on, got 1.5"],
    [{ group: {} }, "TypeError: group must be the number of a group, got an object"],
    [{ env: 5 }, 'TypeError: env must be an object such as { PATH: "/bin" }, got 5'],
    [{ env: ["A=1"] }, 'TypeError: env must be an object such as { PATH: "/bin" }, got an array'],
    [{ env: { A: 5 } }, 'TypeError: env["A"] must be a string, got a value of type number'],
    [{ env: { A: null } }, 'TypeError: env["A"] must be a string, got null'],
    [{ env: { "A=B": "1" } }, 'ValueError: env["A=B"] has a "=" in its name'],
    [{ env: { A: "1\0" } }, 'ValueError: env["A"] has a null byte in it'],
    [{ cwd: 5 }, "TypeError: cwd must be a string, got 5"],
    [{ executable: 5 }, "TypeError: executable must be a string, got 5"],
    [{ startNewSession: "yes" }, 'TypeError: startNewSession must be true or false, got "yes"'],
    [{ stdin: "x" }, "TypeError: stdin must be PIPE, DEVNULL, INHERIT, a file descriptor or an object with one, got"],
    [{ umask: 3 }, 'TypeError: createSubprocessShell has no option "umask"'],
  ])("of the wrong kind are an error that names them, and no child is started: %j", async (options, message) => {
    await clean(function* () {
      expect(String(yield* errorOf(createSubprocessShell("true", any(options))))).toContain(message);
      const exec = createSubprocessExec("true", any({ stdout: DEVNULL, ...options }));
      expect(String(yield* errorOf(exec))).toContain(message.replace("Shell", "Exec"));
    });
  });
});
