/** Every await of tsyncio/websocket, cancelled at each stage and timed out. */

import * as entry from "tsyncio/websocket";
import { describe, expect, test } from "vitest";
import { cancelledAtEveryStage, timesOut } from "../awaits/every.ts";
import { clean } from "../subprocess/support.ts";
import { websockets } from "./awaits.ts";

const all = Object.entries(websockets).map(([name, begin]) => ({ name, begin }));

describe("cancelled at every stage, leaves nothing behind:", () => {
  test.each(all)("$name", ({ begin }) => clean(() => begin(cancelledAtEveryStage)));
});

describe("obeys timeout(), and leaves nothing behind:", () => {
  test.each(all)("$name", ({ begin }) => clean(() => begin(timesOut)));
});

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as { new (): unknown };
/** Those that never wait, and those that are not meant for callers. */
const inner = /^(?:aenter|serve|mayConnect|handle)$/;

test("no await is forgotten here", () => {
  const named = all.map(({ name }) => name.split(/ (?:to|of|by) /)[0]);
  for (const { prototype } of [entry.Connection, entry.WebSocketServer]) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (!(value instanceof GeneratorFunction) || inner.test(name)) continue;
      expect(named).toContain(`${prototype.constructor.name}.${name}`);
    }
  }
});
