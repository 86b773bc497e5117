/** Coroutines as handlers of servers that know nothing of them: real ones, over real sockets. */

import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import {
  allTasks,
  type Coroutine,
  Event,
  type EventLoop,
  type Future,
  getRunningLoop,
  Queue,
  run,
  Semaphore,
  sleep,
  toPromise,
} from "tsyncio";
import { afterEach, describe, expect, it } from "vitest";

const REQUESTS = 500;
const AT_ONCE = 20;

/** What all handlers of a server share, as a module does. */
class Work {
  readonly lost = Array.from({ length: REQUESTS }, (_, id) => id).filter((id) => id % 3 === 0);
  readonly allHere = new Event();
  private readonly semaphore = new Semaphore(AT_ONCE);
  private readonly never = new Queue<never>();
  private inside = 0;
  private here = 0;
  most = 0;
  cleanedUp = 0;
  loop: EventLoop | null = null;

  /** When all are here, those that are going to be disconnected wait forever, the others for each other. */
  *handle(id: number): Coroutine<string> {
    this.loop = getRunningLoop();
    if (++this.here === REQUESTS) this.allHere.set();
    if (id % 3 === 0) return yield* this.waitForEver();
    yield* this.allHere.wait();
    using _ = yield* this.semaphore.acquire();
    this.most = Math.max(this.most, ++this.inside);
    yield* sleep(0.001);
    this.inside--;
    return `answer ${id}`;
  }

  private *waitForEver(): Coroutine<never> {
    try {
      return yield* this.never.get();
    } finally {
      yield* sleep(0);
      this.cleanedUp++;
    }
  }
}

type Handler = (id: number, signal?: AbortSignal) => Promise<string>;

let close: () => void = () => {};
afterEach(() => close());

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return (server.address() as AddressInfo).port;
}

async function startFastify(handle: Handler): Promise<number> {
  const app = fastify();
  app.get<{ Params: { id: string } }>("/:id", (request) => handle(Number(request.params.id), request.signal));
  await app.ready();
  return listen(app.server);
}

async function startHono(handle: Handler): Promise<number> {
  const app = new Hono();
  app.get("/:id", async (c) => c.text(await handle(Number(c.req.param("id")), c.req.raw.signal)));
  app.onError((error, c) => c.text(error.message, 500));
  return listen(createServer(getRequestListener(app.fetch)));
}

async function startExpress(handle: Handler): Promise<number> {
  const app = express();
  app.get("/:id", async (request, response) => {
    const controller = new AbortController();
    response.on("close", () => controller.abort());
    const answer = await handle(Number(request.params.id), controller.signal).catch((error: Error) => {
      response.status(500);
      return error.message;
    });
    if (!response.destroyed) response.send(answer);
  });
  return listen(createServer(app));
}

interface Answer {
  status: number | undefined;
  text: string;
}

/** A request on a connection of its own. */
function get(port: number, id: number): { answer: Promise<Answer>; disconnect(): void } {
  const request = httpRequest({ port, host: "127.0.0.1", path: `/${id}`, agent: false });
  const answer = new Promise<Answer>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode, text });
    });
  });
  request.end();
  return { answer, disconnect: () => request.destroy() };
}

const servers = [
  ["fastify", startFastify],
  ["hono", startHono],
  ["express", startExpress],
] as const;

describe.each(servers)("handlers of %s", (name, start) => {
  it("live their own lives: 500 at once, a third of the clients disconnect", async () => {
    const work = new Work();
    const port = await start((id, signal) => toPromise(work.handle(id), { signal: signal ?? null }));
    const requests = Array.from({ length: REQUESTS }, (_, id) => get(port, id));
    await toPromise(work.allHere.wait());
    for (const id of work.lost) requests[id]?.disconnect();
    const outcomes = await Promise.allSettled(requests.map(({ answer }) => answer));

    const texts = outcomes.map((o) => (o.status === "fulfilled" ? `${o.value.status} ${o.value.text}` : "gone"));
    expect(texts).toEqual(texts.map((_, id) => (id % 3 === 0 ? "gone" : `200 answer ${id}`)));
    expect(work.most).toBe(AT_ONCE);
    while (work.cleanedUp < work.lost.length) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(allTasks(work.loop as EventLoop).size, `tasks that ${name} has left behind`).toBe(0);
  });

  it("use the queue of the run() that is alive, and are told when it ends", async () => {
    const jobs = new Queue<{ id: number; done: Future<string> }>();
    const stop = new Event();
    const running = run(
      (function* () {
        for (let left = 50; left > 0; left--) {
          const { id, done } = yield* jobs.get();
          yield* sleep(0);
          done.setResult(`main did ${id}`);
        }
        yield* stop.wait();
      })(),
    );
    function* handle(id: number): Coroutine<string> {
      const done = getRunningLoop().createFuture<string>();
      yield* jobs.put({ id, done });
      return yield* done;
    }
    const port = await start((id) => toPromise(handle(id)));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, id) => get(port, id).answer));
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, id) => `main did ${id}`));

    const late = [50, 51, 52].map((id) => get(port, id).answer);
    while (jobs.qsize() < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    await toPromise(
      (function* () {
        stop.set();
      })(),
    );
    await running;
    for (const { status, text } of await Promise.all(late)) {
      expect([status, text]).toEqual([500, expect.stringContaining("run() has ended")]);
    }
  });
});
