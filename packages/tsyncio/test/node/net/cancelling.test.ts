import { createTask, isCancelled, sleep } from "tsyncio";
import { openConnection, startServer } from "tsyncio/net";
import { expect, test } from "vitest";
import { errorOf } from "../../support.ts";
import { bytes, portOf, real, text, until } from "./support.ts";

test("a read that is cancelled loses nothing", () =>
  real(function* () {
    let say: ((what: string) => void) | undefined;
    const server = yield* startServer(
      (_reader, writer) => {
        say = (what) => void writer.write(bytes(what));
      },
      "127.0.0.1",
      0,
    );
    const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
    yield* until(() => say !== undefined);
    let got = "";
    for (let i = 0; i < 20; i++) {
      say?.(`${i},`);
      const task = createTask(reader.readExactly(10_000));
      yield* sleep(i % 2 === 0 ? 0.002 : 0);
      task.cancel();
      expect(isCancelled(yield* errorOf(task))).toBe(true);
      if (i % 5 === 4) got += text(yield* reader.read(1));
    }
    const all = Array.from({ length: 20 }, (_, i) => `${i},`).join("");
    got += text(yield* reader.readExactly(all.length - got.length));
    expect(got).toBe(all);
    yield* writer.aexit();
    server.close();
    server.closeClients();
    yield* server.waitClosed();
  }));
