// The service as a program of its own, ended by a signal in the middle of a request.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeOptions } from "../../packages/tsyncio/test/node/children.ts";

const program = fileURLToPath(new URL("httpService.ts", import.meta.url));

interface Service {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<{ signal: string | null; output: string }>;
}

async function service(): Promise<Service> {
  const options = [...nodeOptions, "--import", "tsyncio-transform/register"];
  const child = spawn(process.execPath, [...options, program, "0"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const port = new Promise<number>((resolve, reject) => {
    const read = (part: Buffer): void => {
      output += part;
      const [, found] = /serving on \S+:(\d+)\//.exec(output) ?? [];
      if (found !== undefined) resolve(Number(found));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("close", () => reject(new Error(output)));
  });
  const ended = once(child, "close").then(([, signal]) => ({ signal: signal as string | null, output }));
  return { child, port: await port, ended };
}

const url = ({ port }: Service, path: string): string => `http://127.0.0.1:${port}${path}`;

describe("the example of an HTTP service", () => {
  it("counts orders", async () => {
    const running = await service();
    const order = async (body: string): Promise<number> =>
      (await fetch(url(running, "/orders/ada"), { method: "POST", body, headers: { connection: "close" } })).status;
    expect(await Promise.all([order("1"), order("2"), order("{"), order("NaN")])).toEqual([201, 201, 400, 400]);
    expect(await (await fetch(url(running, "/orders/ada"))).json()).toEqual({ name: "ada", total: 3 });
    expect((await fetch(url(running, "/"))).status).toBe(404);
    running.child.kill("SIGTERM");
    await running.ended;
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "at %s answers what has come, takes no more, and prints no stack",
    async (signal) => {
      const running = await service();
      // The body comes when the service is ending: so the request is certainly in the middle.
      const body = "5.00";
      const socket = connect(running.port, "127.0.0.1");
      let heard = "";
      socket.on("data", (part) => {
        heard += part;
      });
      socket.write(
        `POST /orders/ada HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      await expect.poll(() => heard, { timeout: 20_000 }).toMatch("100 Continue");
      running.child.kill(signal);
      const refused = (): Promise<boolean> =>
        fetch(url(running, "/")).then(
          () => false,
          () => true,
        );
      await expect.poll(refused, { timeout: 20_000 }).toBe(true);
      socket.write(body);
      await once(socket, "close");
      expect(heard).toMatch(/HTTP\/1.1 201 [\s\S]*connection: close[\s\S]*{"name":"ada","total":5}/i);
      const ended = await running.ended;
      expect(ended.signal).toBe(signal);
      expect(ended.output).toBe(`serving on ${url(running, "/")}\nending: no new connections, requests go on\n`);
    },
  );
});
