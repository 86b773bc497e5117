"use tsyncio";
// What vitest calls is native code: each test runs as a task, on the loop for native callers.
import { createTask, sleep, wait } from "tsyncio";
import { type Connection, connect } from "tsyncio/websocket";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "./webChat.ts";

let printed: string[] = [];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((line) => void printed.push(String(line)));
});
afterEach(() => vi.restoreAllMocks());

/** Runs the body while the chat serves, then cancels it: it must end. */
async function beside(body: (url: string) => Promise<void>): Promise<void> {
  const task = createTask(main(0));
  while (printed.length === 0) await sleep(0.001);
  await body(/http:\S+/.exec(printed[0] as string)?.[0] as string);
  task.cancel();
  await wait([task]);
  expect(task.cancelled()).toBe(true);
}

const join = async (url: string, name: string): Promise<Connection> =>
  await connect(`${url.replace("http:", "ws:")}chat?name=${name}`);

async function next(connection: Connection): Promise<string> {
  const { from, text } = JSON.parse((await connection.recv()) as string);
  return `${from}: ${text}`;
}

describe("webChat", () => {
  it("shows each what the others say, also what is said by the API", async () => {
    await beside(async (url) => {
      await using ada = await join(url, "Ada");
      expect(await next(ada)).toBe("*: Ada has joined");
      const bob = await join(url, "Bob");
      expect([await next(ada), await next(bob)]).toEqual(["*: Bob has joined", "*: Bob has joined"]);
      expect(await (await fetch(`${url}members`)).json()).toEqual(["Ada", "Bob"]);
      await ada.send("hello");
      expect([await next(ada), await next(bob)]).toEqual(["Ada: hello", "Ada: hello"]);
      expect((await fetch(`${url}messages`, { method: "POST", body: "from outside" })).status).toBe(204);
      expect([await next(ada), await next(bob)]).toEqual(["api: from outside", "api: from outside"]);
      await bob.close();
      expect(await next(ada)).toBe("*: Bob has left");
      const history = (await (await fetch(`${url}messages`)).json()) as { text: string }[];
      expect(history.map(({ text }) => text)).toEqual([
        "Ada has joined",
        "Bob has joined",
        "hello",
        "from outside",
        "Bob has left",
      ]);
      expect(await (await fetch(url)).text()).toContain("new WebSocket");
      expect((await fetch(`${url}nothing`)).status).toBe(404);
    });
  });

  it("refuses a name that is taken, and pages of other hosts", async () => {
    await beside(async (url) => {
      await using _ada = await join(url, "Ada");
      const second = await join(url, "Ada");
      await second.waitClosed();
      expect([second.closeCode, second.closeReason]).toEqual([1008, "choose another name"]);
      const origin = "https://evil.example";
      const elsewhere = connect(`${url.replace("http:", "ws:")}chat?name=Eve`, { origin });
      await expect(createTask(elsewhere).toPromise()).rejects.toMatchObject({ name: "InvalidStatus", status: 403 });
    });
  });

  it("ends a member who says too much, and no other", async () => {
    await beside(async (url) => {
      await using ada = await join(url, "Ada");
      const eve = await join(url, "Eve");
      expect([await next(ada), await next(ada)]).toEqual(["*: Ada has joined", "*: Eve has joined"]);
      await eve.send("x".repeat(1_000_000));
      await eve.waitClosed();
      expect(eve.closeCode).toBe(1009);
      expect(await next(ada)).toBe("*: Eve has left");
    });
  });

  it("closes every connection when it is cancelled", async () => {
    let ada: Connection | null = null;
    await beside(async (url) => {
      ada = await join(url, "Ada");
    });
    expect((ada as unknown as Connection).closeCode).toBe(1001);
  });
});
