import { AsyncLocalStorage } from "node:async_hooks";
import { createServer as createNodeServer, type Socket } from "node:net";
import {
  asyncFor,
  asyncGenerator,
  type Coroutine,
  coroutine,
  createTask,
  type Future,
  fromPromise,
  gather,
  getRunningLoop,
  keepAsyncLocalStorage,
  newEventLoop,
  run,
  sleep,
  toPromise,
} from "tsyncio";
import { connectAcceptedSocket, createServer, openConnection, Protocol } from "tsyncio/net";
import { describe, expect, it } from "vitest";
import { portOf } from "../io/support.ts";

const storage = new AsyncLocalStorage<string>();
const other = new AsyncLocalStorage<string>();
const earlyLoop = newEventLoop();
const early = earlyLoop.createTask(seen());

/** What the storage holds, before and after waits of many kinds; each ends in another async context. */
function* seen(): Coroutine<(string | undefined)[]> {
  const all = [storage.getStore()];
  yield* sleep(0);
  all.push(storage.getStore());
  yield* sleep(0.001);
  all.push(storage.getStore());
  yield* fromPromise(storage.run("a promise's", () => new Promise<void>((resolve) => setTimeout(resolve, 1))));
  all.push(storage.getStore());
  const future = getRunningLoop().createFuture<void>();
  storage.run("whatever woke it", () => setTimeout(() => future.setResult(), 1));
  yield* future;
  all.push(storage.getStore());
  return all;
}

describe("AsyncLocalStorage", () => {
  it("has in all tasks of a loop what it had where run() was called, whatever wakes them", async () => {
    const tasks = function* () {
      const [first, second] = yield* gather(
        seen(),
        storage.run("creator's", () => createTask(seen())),
      );
      return [...first, ...second];
    };
    const one = storage.run("one", () => run(tasks()));
    const two = storage.run("two", () => run(tasks()));
    expect(new Set(await one)).toEqual(new Set(["one"]));
    expect(new Set(await two)).toEqual(new Set(["two"]));
    expect(new Set(await run(tasks()))).toEqual(new Set([undefined]));
  });

  it("changes with the caller where a loop runs more than once", async () => {
    const loop = newEventLoop();
    for (const name of ["first", "second"]) {
      const all = await storage.run(name, () => loop.runUntilComplete(seen()));
      expect(new Set(all)).toEqual(new Set([name]));
    }
    loop.close();
  });
});

describe("AsyncLocalStorage and sockets", () => {
  /** Tells, for each chunk, what the storage holds while the protocol gets it. */
  class Witness extends Protocol {
    private readonly tell: (store: string | undefined) => void;
    constructor(tell: (store: string | undefined) => void) {
      super();
      this.tell = tell;
    }
    override dataReceived(): void {
      this.tell(storage.getStore());
    }
  }

  function* send(port: number): Coroutine<void> {
    const [, writer] = yield* openConnection("127.0.0.1", port);
    writer.write(new Uint8Array([1]));
    yield* writer.drain();
    writer.close();
    yield* writer.waitClosed();
  }

  it("has what it had where run() was called, also with a socket that other code has made", async () => {
    const main = function* () {
      const seen = getRunningLoop().createFuture<string | undefined>();
      const accepted = getRunningLoop().createFuture<Socket>();
      const native = createNodeServer((socket) => storage.run("the server's", () => accepted.setResult(socket)));
      yield* fromPromise(
        storage.run("the server's", () => new Promise<void>((resolve) => native.listen(0, "127.0.0.1", resolve))),
      );
      const client = createTask(send((native.address() as { port: number }).port));
      yield* connectAcceptedSocket(() => new Witness((store) => seen.setResult(store)), yield* accepted);
      const store = yield* seen;
      yield* client;
      native.close();
      return store;
    };
    expect(await storage.run("main", () => run(main()))).toBe("main");
  });

  it("has in a second run of the loop what it had where that was called, for the server of the first run too", async () => {
    const loop = newEventLoop();
    let seen: Future<string | undefined> = loop.createFuture();
    const server = await storage.run("first", () =>
      loop.runUntilComplete(createServer(() => new Witness((store) => seen.setResult(store)), "127.0.0.1", 0)),
    );
    const once = function* () {
      seen = loop.createFuture();
      const client = createTask(send(portOf(server)));
      const store = yield* seen;
      yield* client;
      return store;
    };
    for (const name of ["second", "third"]) {
      expect(await storage.run(name, () => loop.runUntilComplete(once()))).toBe(name);
    }
    server.close();
    await loop.runUntilComplete(server.waitClosed());
    loop.close();
  });
});

describe("AsyncLocalStorage after keepAsyncLocalStorage()", () => {
  it("is switched on, once or more often", () => {
    expect([keepAsyncLocalStorage(), keepAsyncLocalStorage()]).toEqual([true, true]);
  });

  it("has in each task what it had where the task was made, across every yield*", async () => {
    const results = await storage.run("main", () =>
      run(
        (function* () {
          const a = storage.run("a", () => createTask(seen()));
          const b = storage.run("b", () => createTask(seen()));
          const own = yield* seen();
          return [own, yield* a, yield* b, yield* createTask(seen())];
        })(),
      ),
    );
    expect(results).toEqual(["main", "a", "b", "main"].map((name) => Array(5).fill(name)));
  });

  it("keeps what a coroutine sets by enterWith(), for itself and for the tasks that it makes after", async () => {
    await run(
      (function* () {
        storage.enterWith("entered");
        expect(yield* seen()).toEqual(Array(5).fill("entered"));
        const child = createTask(seen());
        storage.enterWith("entered later");
        expect(yield* child).toEqual(Array(5).fill("entered"));
        expect(yield* seen()).toEqual(Array(5).fill("entered later"));
      })(),
    );
    expect(storage.getStore()).toBe(undefined);
  });

  it("keeps several storages, through flat coroutines, generators and cancellation", async () => {
    const pair = () => `${storage.getStore()} ${other.getStore()}`;
    const log: string[] = [];
    const flat = coroutine(function* flat() {
      yield* sleep(0);
      log.push(pair());
    });
    const items = asyncGenerator(function* () {
      yield* flat();
      yield 1;
    });
    function* body() {
      try {
        yield* asyncFor(items(), function* () {
          yield* sleep(0);
          log.push(pair());
        });
        yield* sleep(10);
      } finally {
        yield* sleep(0);
        log.push(pair());
      }
    }
    await run(
      (function* () {
        const task = other.run("y", () => storage.run("x", () => createTask(body())));
        yield* sleep(0.01);
        task.cancel();
        yield* gather(task, { returnExceptions: true });
      })(),
    );
    expect(log).toEqual(["x y", "x y", "x y"]);
  });

  it("has in an eager task its own store, and in its maker the maker's again", async () => {
    await run(
      (function* () {
        const log: (string | undefined)[] = [];
        function* eager() {
          log.push(storage.getStore());
          storage.enterWith("eager's own");
          yield* sleep(0);
          log.push(storage.getStore());
        }
        storage.enterWith("maker");
        const task = storage.run("given", () => getRunningLoop().createTask(eager(), { eagerStart: true }));
        log.push(storage.getStore());
        yield* task;
        log.push(storage.getStore());
        expect(log).toEqual(["given", "maker", "eager's own", "maker"]);
      })(),
    );
  });

  it("has in native callers of toPromise() what they had", async () => {
    await run(
      (function* () {
        const requests = ["a", "b"].map((name) => storage.run(name, () => toPromise(seen())));
        expect(yield* fromPromise(Promise.all(requests))).toEqual([Array(5).fill("a"), Array(5).fill("b")]);
      })(),
    );
  });

  it("leaves tasks that were made before as they were", async () => {
    const all = await storage.run("caller's", () => earlyLoop.runUntilComplete(early));
    expect(new Set(all)).toEqual(new Set(["caller's"]));
    earlyLoop.close();
  });
});
