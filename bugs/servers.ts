/** What was found in Apache, MySQL and Mozilla: the classics of the study of real concurrency bugs. */

import { gather, Lock } from "tsyncio";
import { type Bug, bug } from "./bug.ts";
import { Channel } from "./helpers/channel.ts";
import { check, io } from "./helpers/io.ts";

const MISTAKES = "Lu, Park, Seo, Zhou, Learning from Mistakes (ASPLOS'08)";

const apache25520 = bug(
  {
    name: "apache-25520",
    source: `${MISTAKES}; Apache bug 25520`,
    story: "Two requests append to the buffer of the access log, at the same place, and one line is lost.",
    finds: "error",
  },
  function* accessLog(fixed) {
    const lock = new Lock();
    const buffer: string[] = [];
    let end = 0;

    function* write(line: string, milliseconds: number) {
      yield* io(milliseconds);
      if (fixed) yield* lock.acquire();
      const place = end;
      yield* io(0.5); // copies the line
      buffer[place] = line;
      end = place + 1;
      if (fixed) lock.release();
    }
    const lines = ["GET /", "GET /a", "GET /b"];
    yield* gather(...lines.map((line, i) => write(line, 2 + i)));
    check(end === lines.length, `of ${lines.length} lines ${end} are in the log`);
  },
);

const mysql791 = bug(
  {
    name: "mysql-791",
    source: `${MISTAKES}; Lu, Tucek, Qin, Zhou, AVIO (ASPLOS'06); MySQL bug 791`,
    story:
      "A rotation closes the binary log and opens the next. A statement in between finds it closed, and is not logged.",
    finds: "error",
  },
  function* binaryLog(fixed) {
    const lock = new Lock();
    const table: string[] = [];
    const log: string[] = [];
    let open = true;

    function* rotate() {
      yield* io(1);
      if (fixed) yield* lock.acquire();
      open = false;
      yield* io(1);
      open = true;
      if (fixed) lock.release();
    }
    function* insert(row: string) {
      yield* io(2.5);
      table.push(row);
      if (fixed) yield* lock.acquire();
      if (open) log.push(row);
      if (fixed) lock.release();
    }
    yield* gather(rotate(), insert("ann"));
    check(log.length === table.length, `the table has ${table.length} row, and the log ${log.length}`);
  },
);

const mysql169 = bug(
  {
    name: "mysql-169",
    source: `${MISTAKES}; MySQL bug 169`,
    story:
      "DELETE frees the table before it writes to the binary log. An INSERT in between is logged before the DELETE, so " +
      "that a replica deletes its row.",
    finds: "error",
  },
  function* replication(fixed) {
    const lock = new Lock();
    let table = ["old"];
    const log: string[] = [];

    function* deleteAll() {
      yield* io(1);
      yield* lock.acquire();
      table = [];
      if (!fixed) lock.release();
      yield* io(1);
      log.push("DELETE");
      if (fixed) lock.release();
    }
    function* insert() {
      yield* io(2.5);
      yield* lock.acquire();
      table.push("new");
      log.push("INSERT");
      lock.release();
    }
    yield* gather(deleteAll(), insert());
    const replica: string[] = ["old"];
    for (const statement of log) {
      if (statement === "DELETE") replica.length = 0;
      else replica.push("new");
    }
    check(`${replica}` === `${table}`, `the table holds [${table}], and the replica [${replica}]`);
  },
);

const mysql3596 = bug(
  {
    name: "mysql-3596",
    source: `${MISTAKES}, figure 2; MySQL bug 3596`,
    story: "SHOW PROCESSLIST looks whether a thread says what it does, and then reads it. The thread may have ended.",
    finds: "error",
  },
  function* processList(fixed) {
    const thread: { info: string | null } = { info: "sending data" };

    function* show() {
      const info = thread.info;
      if (info === null) return 0;
      yield* io(1); // writes the other columns
      return (fixed ? info : (thread.info as string)).length;
    }
    function* end() {
      yield* io(1.5);
      thread.info = null;
    }
    yield* gather(show(), end());
  },
);

const mozilla61369 = bug(
  {
    name: "mozilla-61369",
    source: `${MISTAKES}, order violations; Mozilla bug 61369`,
    story:
      "A thread uses the handle of its own, which its creator stores when the creation returns: sometimes too late.",
    finds: "error",
  },
  function* createThread(fixed) {
    const thread: { handle: { state: string } | null } = { handle: null };
    const stored = new Channel<never>("stored");

    function* threadMain() {
      yield* io(1.5);
      if (fixed) yield* stored.receive();
      check(thread.handle?.state === "joinable", "the thread has no handle");
    }
    function* create() {
      yield* io(1);
      thread.handle = { state: "joinable" };
      stored.close();
    }
    yield* gather(threadMain(), create());
  },
);

export const serverBugs: readonly Bug[] = [apache25520, mysql791, mysql169, mysql3596, mozilla61369];
