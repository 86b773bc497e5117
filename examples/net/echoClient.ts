"use tsyncio";
// A client of echoServer.ts: sends a line, and prints what comes back.
// Python: the "TCP echo client using streams" of the documentation. Generator form: ../generators/net/echoClient.ts.
// Usage: npm start -- net/echoClient [PORT [MESSAGE]]
import { run, timeout } from "tsyncio";
import { ConnectionRefusedError, openConnection } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

export async function main(port = 8888, message = "Hello World!") {
  await using _deadline = timeout(5);
  const [reader, writer] = await openConnection("127.0.0.1", port);
  await using _open = writer;
  console.log(`send: ${message}`);
  await writer.write(new TextEncoder().encode(`${message}\n`));
  const line = new TextDecoder().decode(await reader.readline()).trimEnd();
  console.log(`received: ${line}`);
  return line;
}

if (isMain(import.meta)) {
  const port = Number(process.argv[2] ?? 8888);
  try {
    await run(main(port, process.argv[3]));
  } catch (error) {
    if (!(error instanceof ConnectionRefusedError)) throw error;
    console.error(`Nothing listens on port ${port}. In another terminal: npm start -- net/echoServer`);
    process.exitCode = 1;
  }
}
