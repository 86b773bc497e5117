/** Every await of tsyncio/http-client, cancelled at each stage and timed out. */

import type { ServerResponse } from "node:http";
import { asyncGenerator, asyncWith, type Coroutine, sleep } from "tsyncio";
import { ClientResponse, ClientSession, type SessionOptions } from "tsyncio/http-client";
import { describe, expect, test } from "vitest";
import { routes, serving, until } from "../../io/httpServers.ts";
import { type Awaits, cancelledAtEveryStage, type Every, type Kind, timesOut } from "../awaits/every.ts";
import { clean } from "../subprocess/support.ts";

const site = routes({
  quick: (_request, response) => void response.end("[1]"),
  silent: () => {},
  busy: (_request, response) => void response.writeHead(503).end("busy"),
  slow: (_request, response) => {
    response.write("[1");
    setTimeout(() => response.end("]\n"), 3);
  },
  endless: (_request, response: ServerResponse) => void response.write("[1\n"),
});

/** In a session for all attempts; what a result has left open is dropped. */
const visit = (kind: Kind, wait: (session: ClientSession) => Coroutine<unknown>, options: SessionOptions = {}) =>
  function* (every: Every): Coroutine<void> {
    yield* serving(site, (site) =>
      asyncWith(new ClientSession({ base: site.url, ...options }), function* (session) {
        yield* every(kind, function* () {
          return {
            wait: wait(session),
            after(result) {
              if (result instanceof ClientResponse) result.close();
              return until(() => uploads === 0);
            },
          };
        });
        // Nothing is left of the attempts, here nor there: all that has begun has ended.
        expect(String(session)).toContain(" 0 of ");
        yield* until(() => site.open === 0);
      }),
    );
  };

/** A read of a response that is there when it begins. */
const reading = (kind: Kind, path: string, read: (response: ClientResponse) => Coroutine<unknown>) =>
  function* (every: Every): Coroutine<void> {
    yield* serving(site, (site) =>
      asyncWith(new ClientSession({ base: site.url }), function* (session) {
        yield* every(kind, function* () {
          const response = yield* session.get(path);
          return { wait: read(response), after: () => response.close() };
        });
        expect(String(session)).toContain(" 0 of ");
        yield* until(() => site.open === 0);
      }),
    );
  };

/** How many uploads have begun and have not been closed. */
let uploads = 0;
const upload = asyncGenerator(function* () {
  uploads++;
  try {
    for (;;) {
      yield new Uint8Array(10);
      yield* sleep(0.001);
    }
  } finally {
    uploads--;
  }
});

const awaits: Awaits = {
  "ClientSession.request": visit("ends", (session) => session.get("quick")),
  "ClientSession.request to a server that is silent": visit("endless", (session) => session.get("silent")),
  "ClientSession.request of a session that is full": function* (every) {
    yield* serving(site, (site) =>
      asyncWith(new ClientSession({ base: site.url, limit: 1 }), function* (session) {
        yield* session.get("endless"); // has the only place
        yield* every("endless", function* () {
          return { wait: session.get("quick") };
        });
        expect(site.asked).toBe(1);
      }),
    );
  },
  "ClientSession.request with a pause before the next attempt": visit("endless", (session) => session.get("busy"), {
    retry: { delay: 60, maxDelay: 60 },
  }),
  "ClientSession.request with a body that is still being sent": visit("endless", (session) =>
    session.post("silent", { data: upload() }),
  ),
  "ClientResponse.bytes": reading("ends", "slow", (response) => response.bytes()),
  "ClientResponse.bytes of a body without an end": reading("endless", "endless", (response) => response.bytes()),
  "ClientResponse.text": reading("ends", "slow", (response) => response.text()),
  "ClientResponse.text of a body without an end": reading("endless", "endless", (response) => response.text()),
  "ClientResponse.json": reading("ends", "slow", (response) => response.json()),
  "ClientResponse.json of a body without an end": reading("endless", "endless", (response) => response.json()),
  "ClientResponse.lines": reading("ends", "slow", (response) => response.lines().anext()),
  "ClientResponse.lines of a body without an end": reading("endless", "endless", function* (response) {
    const lines = response.lines();
    yield* lines.anext();
    yield* lines.anext();
  }),
  "ClientResponse.chunks of a body without an end": reading("endless", "endless", function* (response) {
    const chunks = response.chunks();
    yield* chunks.anext();
    yield* chunks.anext();
  }),
};
const all = Object.entries(awaits).map(([name, begin]) => ({ name, begin }));

describe("cancelled at every stage, leaves nothing behind:", () => {
  test.each(all)("$name", ({ begin }) => clean(() => begin(cancelledAtEveryStage)));
});

describe("obeys timeout(), and leaves nothing behind:", () => {
  test.each(all)("$name", ({ begin }) => clean(() => begin(timesOut)));
});

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as { new (): unknown };
/** Those that never wait, and those that are not meant for callers. */
const inner = /^(?:aenter|aexit|attempt|attemptOnce)$/;

test("no await is forgotten here", () => {
  const named = new Set(all.map(({ name }) => name.split(/ (?:to|of|with) /)[0]));
  const found = [ClientSession, ClientResponse].flatMap(({ name, prototype }) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([key, { value }]) => value instanceof GeneratorFunction && !inner.test(key))
      .map(([key]) => `${name}.${key}`),
  );
  expect(found.length).toBeGreaterThan(3);
  expect(found.filter((name) => !named.has(name))).toEqual([]);
});
