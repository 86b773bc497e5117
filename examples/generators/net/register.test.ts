import { type Coroutine, createTask, gather, run, sleep } from "tsyncio";
import type { Server } from "tsyncio/net";
import { explore, replay, simulate } from "tsyncio/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { registerBugs } from "../../../bugs/register.ts";
import { History } from "./register/history.ts";
import { addressOf, Disk, main, RegisterClient, startReplica } from "./register.ts";

const [{ buggy, fixed }] = registerBugs as [(typeof registerBugs)[number]];

afterEach(() => vi.restoreAllMocks());

describe("a register that three servers keep", () => {
  test("without writing back it works in the order of latencies", () => {
    simulate(buggy);
  });

  test("without writing back, explore finds a history that is not linearizable; the token plays it again", () => {
    for (const seed of [1, 2, 3]) {
      const { failure } = explore(buggy, { throws: false, timeMs: null, seed, shrink: seed === 1 });
      expect(failure?.kind).toBe("error");
      expect(String(failure?.error)).toContain("not linearizable");
      expect(() => replay(buggy, failure?.token as string)).toThrow("not linearizable");
    }
  });

  test("two faults are enough, in the order of latencies", () => {
    const { failure } = explore(buggy, { throws: false, timeMs: null, seed: 1, model: "fifo" });
    expect(failure?.deviations).toBe(2);
  });

  test("with it, there is none", () => {
    const exploration = explore(fixed, { iterations: 500, timeMs: null, seed: 1 });
    expect(exploration.schedules).toBe(500);
  });

  test("on real sockets it is the same program: it holds while a server fails", async () => {
    await run(onRealSockets());
  });

  test("as a program it says what it does", async () => {
    const printed: string[] = [];
    vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
    await run(main());
    expect(printed).toEqual(["three servers: with three", "two servers: with two"]);
  });
});

function* onRealSockets(): Coroutine<void> {
  const history = new History();
  const disks = [new Disk(), new Disk(), new Disk()];
  const servers: Server[] = [];
  for (const disk of disks) servers.push(yield* startReplica(disk, "127.0.0.1", 0));
  const addresses = servers.map(addressOf);
  const writer = function* () {
    const client = new RegisterClient("writer", addresses);
    for (let i = 0; i < 5; i++) yield* history.write("writer", `${i}`, client.write(`${i}`));
    client.close();
  };
  const reader = function* (name: string) {
    const client = new RegisterClient(name, addresses);
    for (let i = 0; i < 5; i++) yield* history.read(name, client.read());
    client.close();
  };
  const failure = createTask(
    (function* () {
      yield* sleep(0.003);
      servers[0]?.close();
      servers[0]?.abortClients();
    })(),
  );
  yield* gather(writer(), reader("one"), reader("two"));
  yield* failure;
  history.check();
  expect(disks.filter((disk) => disk.version.value === "4").length).toBeGreaterThanOrEqual(2);
  for (const server of servers) server.close();
}

describe("the history of a register", () => {
  /**
   * Operations as `[client, value or "?" for a read, what it returns]`, one letter of the order for each begin and end.
   */
  function historyOf(order: string, operations: Record<string, ["read" | "write", string | null]>): History {
    const history = new History();
    const running = new Map<string, Generator<unknown>>();
    for (const letter of order) {
      const begun = running.get(letter);
      if (begun !== undefined) begun.next();
      else {
        const [kind, value] = operations[letter] as ["read" | "write", string | null];
        const operation =
          kind === "read" ? history.read(letter, step(value)) : history.write(letter, value as string, step());
        running.set(letter, operation as never);
        (operation as unknown as Generator<unknown>).next();
      }
    }
    return history;
  }

  function step<T>(value?: T): Coroutine<T> {
    return (function* () {
      yield undefined as never;
      return value as T;
    })() as Coroutine<T>;
  }

  test("is linearizable if the reads fit some order of what overlaps", () => {
    historyOf("aabb", { a: ["write", "1"], b: ["read", "1"] }).check();
    historyOf("abab", { a: ["write", "1"], b: ["read", "1"] }).check();
    historyOf("abab", { a: ["write", "1"], b: ["read", null] }).check();
    historyOf("abcbca", { a: ["write", "1"], b: ["read", null], c: ["read", "1"] }).check();
    historyOf("acbbc", { a: ["write", "1"], b: ["read", null], c: ["read", "1"] }).check();
    historyOf("abbcc", { a: ["write", "1"], b: ["read", "1"], c: ["read", "1"] }).check();
  });

  test("is not if a read is too old, or a value comes from nowhere", () => {
    const wrong = [
      historyOf("aabb", { a: ["write", "1"], b: ["read", null] }),
      historyOf("abbcca", { a: ["write", "1"], b: ["read", "1"], c: ["read", null] }),
      historyOf("aa", { a: ["read", "1"] }),
      historyOf("abbcc", { a: ["write", "1"], b: ["read", "1"], c: ["read", null] }),
    ];
    for (const history of wrong) expect(() => history.check()).toThrow("not linearizable");
  });
});
