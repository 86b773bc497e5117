"use tsyncio";
// A TLS client: prints the head of a web page, and whose certificate the server has shown.
// Python: asyncio.open_connection(ssl=True).
// Usage: npm start -- net/tlsClient [HOST [PORT [CA-FILE]]]
import { readFileSync } from "node:fs";
import { run, timeout } from "tsyncio";
import { OSError, openConnection, SSLCertVerificationError } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

interface PeerCertificate {
  subject: { CN: string };
  valid_to: string;
}

export async function main(host = "example.org", port = 443, caFile?: string) {
  const ssl = caFile === undefined ? true : { ca: readFileSync(caFile) };
  try {
    await using _deadline = timeout(10);
    const [reader, writer] = await openConnection(host, port, { ssl });
    await using _open = writer;
    const { subject, valid_to } = writer.getExtraInfo<PeerCertificate>("peercert");
    const [cipher, version] = writer.getExtraInfo<[string, string, number]>("cipher");
    console.log(`${subject.CN}, valid until ${valid_to}, ${cipher} ${version}`);
    const request = `HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await writer.write(new TextEncoder().encode(request));
    const head = await reader.readUntil(new TextEncoder().encode("\r\n\r\n"));
    console.log(new TextDecoder().decode(head).trim());
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    const what = error instanceof SSLCertVerificationError ? "not to be trusted" : "no connection";
    console.log(`${what}: ${error.message} (${error.code})`);
  }
}

if (isMain(import.meta)) {
  const [host, port, caFile] = process.argv.slice(2);
  await run(main(host, port === undefined ? undefined : Number(port), caFile));
}
