/** Many requests at once, bodies without end, and curl as the client. */

import { type ChildProcess, execFile } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allTasks, asyncGenerator, type Coroutine, Event, fromPromise, sleep, toReadableStream } from "tsyncio";
import { expect, test } from "vitest";
import { type Answer, answer, served } from "./support.ts";

/** However long it takes on a machine that does other things too. */
function* eventually(condition: () => boolean): Coroutine<void> {
  while (!condition()) yield* sleep(0.005);
}

test("of 2,000 requests at once a third is cancelled: the others all get their own answers, and nothing is left", async () => {
  const gate = new Event();
  let active = 0;
  await served(
    function* (request) {
      active++;
      try {
        yield* gate.wait();
        return new Response(new URL(request.url).pathname);
      } finally {
        active--;
      }
    },
    function* (server) {
      const leaving = new AbortController();
      const outcomes: (Answer | string)[] = [];
      let over = 0;
      for (let i = 0; i < 2000; i++) {
        const question = i % 3 === 0 ? { signal: leaving.signal } : {};
        answer(server.port, `/${i}`, question)
          .then(
            (got) => got,
            (error: Error) => error.name,
          )
          .then((outcome) => {
            outcomes[i] = outcome;
            over++;
          });
      }
      yield* eventually(() => active === 2000);
      leaving.abort();
      yield* eventually(() => active === 1333);
      gate.set();
      yield* eventually(() => over === 2000);
      expect(active).toBe(0);
      for (const [i, outcome] of outcomes.entries()) {
        if (i % 3 === 0) expect(outcome).toBe("AbortError");
        else expect(outcome).toMatchObject({ status: 200, text: `/${i}` });
      }
      yield* eventually(() => allTasks().size === 1);
      expect(String(server)).toMatch("requests=0");
    },
  );
});

test.each([
  ["of a length that is told", `content-length: ${2 ** 30}`, 0],
  ["in chunks", "transfer-encoding: chunked", 1],
])(
  "a body of 1 GiB %s is refused, and never in memory",
  async (_name, header, calls) => {
    let called = 0;
    await served(
      function* (request) {
        called++;
        return new Response(yield* fromPromise(request.text()));
      },
      function* (server) {
        const part = Buffer.alloc(1 << 16, "x");
        const piece =
          calls === 0
            ? part
            : Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
        const before = process.memoryUsage().rss;
        let most = 0;
        let heard = "";
        let closed = false;
        let sent = 0;
        const socket = connect(server.port, "127.0.0.1");
        const send = (): void => {
          while (!closed && sent < 2 ** 30) {
            sent += part.length;
            if (!socket.write(piece)) return;
          }
        };
        socket.on("drain", send);
        socket.on("data", (data) => {
          heard += data;
        });
        socket.on("error", () => {});
        socket.on("close", () => {
          closed = true;
        });
        socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`);
        send();
        while (!closed && sent < 2 ** 30) {
          most = Math.max(most, process.memoryUsage().rss - before);
          yield* sleep(0.01);
        }
        socket.destroy();
        yield* eventually(() => closed);
        expect(heard).toMatch(/^HTTP\/1.1 413 /);
        expect(most).toBeLessThan(256 << 20);
        expect(called).toBe(calls);
      },
    );
  },
  300_000,
);

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

function curl(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  let child: ChildProcess | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child = execFile("curl", ["-sS", ...args], (error, stdout) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, stdout }),
    );
  });
  return { child: child as ChildProcess, ended };
}

const numbers = asyncGenerator(function* () {
  for (let i = 0; i < 5; i++) {
    yield new TextEncoder().encode(`${i},`);
    yield* sleep(0.005);
  }
});

test("curl reads streams, uploads, is refused before it sends too much, and cancels by leaving", async () => {
  const log: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "tsyncio-curl-"));
  const [small, big] = [join(folder, "small"), join(folder, "big")];
  writeFileSync(small, "x".repeat(500_000));
  writeFileSync(big, "");
  truncateSync(big, 2 ** 30);
  await served(
    function* (request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/numbers") return new Response(toReadableStream(numbers()));
      if (pathname === "/upload") return new Response(String((yield* fromPromise(request.text())).length));
      log.push("began");
      try {
        yield* sleep(1000);
      } finally {
        log.push("cleaned up");
      }
      return new Response();
    },
    function* (server) {
      const url = (path: string): string => new URL(path, server.url).href;
      expect(yield* fromPromise(curl("-N", url("/numbers")).ended)).toEqual({ code: 0, stdout: "0,1,2,3,4," });
      expect(yield* fromPromise(curl("-T", small, url("/upload")).ended)).toEqual({ code: 0, stdout: "500000" });
      const chunked = curl("-T", "-", url("/upload"));
      chunked.child.stdin?.end("hello");
      expect(yield* fromPromise(chunked.ended)).toEqual({ code: 0, stdout: "5" });
      const refused = yield* fromPromise(
        curl("-o", "/dev/null", "-w", "%{http_code} %{size_upload}", "-T", big, url("/upload")).ended,
      );
      expect(refused).toEqual({ code: 0, stdout: "413 0" });
      const waits = curl(url("/waits"));
      yield* eventually(() => log.length === 1);
      waits.child.kill();
      yield* eventually(() => log.length === 2);
      yield* fromPromise(waits.ended);
      expect(log).toEqual(["began", "cleaned up"]);
    },
    { requestTimeout: 60 },
  );
  rmSync(folder, { recursive: true });
});
