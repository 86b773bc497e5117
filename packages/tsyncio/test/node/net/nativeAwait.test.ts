/** Native code awaits what the functions and objects of the network and of the executors return. */

import { iscoroutinefunction, toThread } from "tsyncio";
import * as executors from "tsyncio/executors";
import * as net from "tsyncio/net";
import { expect, test } from "vitest";
import { add } from "../../io/jobs.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test("await takes every generator function and method of tsyncio/net and tsyncio/executors", () => {
  const found = Object.entries({ ...net, ...executors }).flatMap(([name, value]) => {
    const { prototype } = value as { prototype?: object };
    const members = Object.entries(Object.getOwnPropertyDescriptors(prototype ?? {}));
    return [[name, value] as const, ...members.map(([key, { value }]) => [`${name}.${key}`, value] as const)];
  });
  const functions = found.filter(([, value]) => iscoroutinefunction(value)) as [string, { prototype: object }][];
  expect(functions.map(([name]) => name)).toEqual(expect.arrayContaining(["openConnection", "Process.communicate"]));
  expect(functions.filter(([, { prototype }]) => !("then" in prototype)).map(([name]) => name)).toEqual([]);
});

test("a server and its client in native code", async () => {
  const server = await net.startServer(function* (reader, writer) {
    yield* writer.write(yield* reader.readline());
    writer.close();
  });
  const [listening] = server.sockets as [net.ListeningSocket];
  const [, port] = listening.getsockname() as [string, number];
  const [reader, writer] = await net.openConnection("127.0.0.1", port);
  await writer.write(Buffer.from("hello\n"));
  await writer.drain();
  expect(text(await reader.read(2))).toBe("he");
  expect(text(await reader.readline())).toBe("llo\n");
  expect(await reader.readExactly(1).then(null, (error: Error) => error.name)).toBe("IncompleteReadError");
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();
});

test("a process and a thread in native code", async () => {
  const { PIPE } = net;
  const child = await net.createSubprocessExec(process.execPath, "-e", "console.log(1)", { stdout: PIPE });
  expect(text((await child.communicate())[0])).toBe("1\n");
  expect(await child.wait()).toBe(0);
  const [stdout, stderr] = [await net.openStdout(), await net.openStderr()];
  expect([stdout, stderr]).toEqual([expect.any(net.StreamWriter), expect.any(net.StreamWriter)]);
  expect(await net.getaddrinfo("127.0.0.1", 80)).not.toHaveLength(0);
  expect(await toThread(add, 1, 2)).toBe(3);
});
