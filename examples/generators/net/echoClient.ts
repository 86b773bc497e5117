// A client of echoServer.ts: sends a line, and prints what comes back.
// Python: the "TCP echo client using streams" of the documentation. Native syntax: ../../net/echoClient.ts.
// Usage: npm start -- generators/net/echoClient [PORT [MESSAGE]]
import { asyncWith, run, timeout } from "tsyncio";
import { ConnectionRefusedError, openConnection } from "tsyncio/net";
import { isMain } from "../../lib/isMain.ts";

export function* main(port = 8888, message = "Hello World!") {
  return yield* asyncWith(timeout(5), function* () {
    const [reader, writer] = yield* openConnection("127.0.0.1", port);
    return yield* asyncWith(writer, function* () {
      console.log(`send: ${message}`);
      yield* writer.write(new TextEncoder().encode(`${message}\n`));
      const line = new TextDecoder().decode(yield* reader.readline()).trimEnd();
      console.log(`received: ${line}`);
      return line;
    });
  });
}

if (isMain(import.meta)) {
  const port = Number(process.argv[2] ?? 8888);
  try {
    await run(main(port, process.argv[3]));
  } catch (error) {
    if (!(error instanceof ConnectionRefusedError)) throw error;
    console.error(`Nothing listens on port ${port}. In another terminal: npm start -- generators/net/echoServer`);
    process.exitCode = 1;
  }
}
