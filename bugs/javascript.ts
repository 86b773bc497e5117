/** What goes wrong in pages and in Node programs. */

import { createTask, Event, Future, gather, RuntimeError, type Task, TimeoutError } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { check, io } from "./helpers/io.ts";

const autocomplete = bug(
  {
    name: "autocomplete",
    source:
      "fast-check, examples/005-race/autocomplete, https://github.com/dubzzz/fast-check; mattermost/mattermost#4860",
    story: "The answer for the first letter comes after the one for the whole word, and its suggestions are shown.",
    finds: "error",
  },
  function* searchField(fixed) {
    let typed = "";
    let shown = "";

    function* search(text: string) {
      yield* io(2); // the server
      if (!fixed || text === typed) shown = text;
    }
    const searches: Task<void>[] = [];
    for (const key of "cat") {
      typed += key;
      searches.push(createTask(search(typed), { name: `search ${typed}` }));
      yield* io(0.7); // the next key
    }
    yield* gather(...searches);
    check(shown === typed, `the field says "${typed}", and the list is for "${shown}"`);
  },
);

const cacheStampede = bug(
  {
    name: "cache-stampede",
    source: "Vattani, Chierichetti, Lowenstein, Optimal Probabilistic Cache Stampede Prevention (VLDB 2015)",
    story: "The requests that miss in the cache while the value is being fetched all fetch it too.",
    finds: "error",
  },
  function* cache(fixed) {
    const values = new Map<string, string>();
    const fetching = new Map<string, Task<string>>();
    let queries = 0;

    function* query(key: string) {
      queries++;
      yield* io(1);
      values.set(key, "value");
      return "value";
    }
    function* get(key: string) {
      const value = values.get(key);
      if (value !== undefined) return value;
      if (!fixed) return yield* query(key);
      const task = fetching.get(key) ?? createTask(query(key));
      fetching.set(key, task);
      return yield* task;
    }
    function* client(milliseconds: number) {
      yield* io(milliseconds);
      yield* get("user");
    }
    yield* gather(client(1), client(2.5), client(2.8));
    check(queries === 1, `the database was asked ${queries} times`);
  },
);

const lostUpdate = bug(
  {
    name: "lost-update",
    source: "fast-check, examples/005-race/CasCounter, https://github.com/dubzzz/fast-check",
    story: "A counter in a store is read, raised, and written back. Two requests that read the same number count once.",
    finds: "error",
  },
  function* counter(fixed) {
    let stored = 0;

    function* read() {
      yield* io(1);
      return stored;
    }
    /** False if the stored number is not the expected one any more; a store as it was takes any. */
    function* write(expected: number, value: number) {
      yield* io(1);
      if (fixed && stored !== expected) return false;
      stored = value;
      return true;
    }
    function* increase(milliseconds: number) {
      yield* io(milliseconds);
      for (let done = false; !done; ) {
        const value = yield* read();
        done = yield* write(value, value + 1);
      }
    }
    yield* gather(increase(2), increase(4.5));
    check(stored === 2, `2 have counted, and the count is ${stored}`);
  },
);

const getPort23 = bug(
  {
    name: "get-port-23",
    source: "https://github.com/sindresorhus/get-port/issues/23, NodeRacer (ICST'20)",
    story: "A port that is free is given to one server, and is free for the next until the first one listens.",
    finds: "error",
  },
  function* ports(fixed) {
    const bound = new Set<number>();
    const given = new Set<number>();

    function* getPort() {
      let port = 8000;
      while (bound.has(port) || given.has(port)) port++;
      if (fixed) given.add(port);
      yield* io(1); // listens for a moment, to see whether it can
      return port;
    }
    function* serve(milliseconds: number) {
      yield* io(milliseconds);
      const port = yield* getPort();
      yield* io(1);
      if (bound.has(port)) throw new RuntimeError(`listen EADDRINUSE: port ${port}`);
      bound.add(port);
    }
    yield* gather(serve(2), serve(4.5));
  },
);

const bluebird1417 = bug(
  {
    name: "bluebird-1417",
    source: "https://github.com/petkaantonov/bluebird/pull/1449, the repair of its issue 1417",
    story:
      "The timer of timeout() looks whether its own promise is pending. It still is when the work has just ended, so " +
      "work that is done is rejected with a timeout.",
    finds: "error",
  },
  function* promiseTimeout(fixed) {
    const work = new Future<string>();
    const result = new Future<string>();
    let paid = false;

    function* pay() {
      yield* io(1);
      paid = true;
      work.setResult("paid");
      yield* io(0.5); // the queue of callbacks
      if (!result.done()) result.setResult(work.result());
    }
    const paying = createTask(pay(), { name: "pay" });
    function* timer() {
      yield* io(1.8);
      if ((fixed ? work : result).done()) return;
      paying.cancel();
      result.setException(new TimeoutError());
    }
    const both = gather(paying, timer(), { returnExceptions: true });
    try {
      yield* result;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      check(!paid, "it was paid, and the customer is told that it was not");
    }
    yield* both;
  },
);

const mkpath1 = bug(
  {
    name: "mkpath-1",
    source: "https://github.com/jonvuri/mkpath/issues/1",
    story: "Two programs find that a folder is missing and both make it; the second one fails, since it is there.",
    finds: "error",
  },
  function* folders(fixed) {
    const folders = new Set(["/"]);

    function* mkdir(path: string) {
      yield* io(1);
      if (folders.has(path)) throw new RuntimeError(`EEXIST: mkdir ${path}`);
      folders.add(path);
    }
    function* exists(path: string) {
      yield* io(1);
      return folders.has(path);
    }
    function* mkpath(...paths: string[]) {
      for (const path of paths) {
        if (yield* exists(path)) continue;
        try {
          yield* mkdir(path);
        } catch (error) {
          if (!fixed || !folders.has(path)) throw error;
        }
      }
    }
    function* second() {
      yield* io(2.5);
      yield* mkpath("/a", "/a/c");
    }
    yield* gather(mkpath("/a", "/a/b"), second());
  },
);

const agentKeepAlive23 = bug(
  {
    name: "agentkeepalive-23",
    source: "https://github.com/node-modules/agentkeepalive/issues/23; AKA of Node.fz (EuroSys'17)",
    story:
      "A socket that has been idle for too long is being closed and is still in the list of free sockets: a request " +
      "that takes it is reset.",
    finds: "error",
  },
  function* agent(fixed) {
    const free = ["socket 1"];
    const closed = new Set<string>();
    const inUse = new Event();

    function* idleTimer(socket: string) {
      yield* io(3);
      if (inUse.isSet()) return;
      if (fixed) free.splice(free.indexOf(socket), 1);
      yield* io(0.5); // until the event "close"
      closed.add(socket);
      if (!fixed && free.includes(socket)) free.splice(free.indexOf(socket), 1);
    }
    function* request() {
      yield* io(2.5);
      const socket = free.pop() ?? "socket 2";
      if (fixed) inUse.set();
      yield* io(0.2);
      inUse.set();
      yield* io(0.5); // the answer
      if (closed.has(socket)) throw new RuntimeError("socket hang up: ECONNRESET");
    }
    yield* gather(idleTimer("socket 1"), request());
  },
);

export const javascriptBugs: readonly Bug[] = [
  autocomplete,
  cacheStampede,
  lostUpdate,
  getPort23,
  bluebird1417,
  mkpath1,
  agentKeepAlive23,
];
