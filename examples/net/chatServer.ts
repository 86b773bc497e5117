"use tsyncio";
// A chat server for many clients: what one says all the others see. A client that does not read is dropped.
// Python: asyncio.start_server, Queue.
// Usage: npm start -- net/chatServer [PORT]
import { createTask, Queue, QueueFull, run } from "tsyncio";
import { ConnectionError, type StreamReader, type StreamWriter, startServer } from "tsyncio/net";
import { isMain } from "../lib/isMain.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (line: Uint8Array): string => new TextDecoder().decode(line).trimEnd();

class Room {
  private readonly members = new Map<string, Member>();

  /** Serves one client from its name to its end. */
  async serve(reader: StreamReader, writer: StreamWriter): Promise<void> {
    await using _open = writer;
    await writer.write(encode("your name? "));
    const name = decode(await reader.readline());
    if (name === "" || this.members.has(name)) return;
    const member = new Member(writer);
    this.members.set(name, member);
    this.say(`* ${name} has joined, ${this.members.size} here`, member);
    try {
      for await (const line of reader) this.say(`<${name}> ${decode(line)}`, member);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error; // a client that is reset has left
    } finally {
      this.members.delete(name);
      member.leave();
      this.say(`* ${name} has left`, member);
    }
  }

  private say(text: string, from: Member): void {
    const line = encode(`${text}\n`);
    for (const member of this.members.values()) if (member !== from) member.send(line);
  }
}

/** Each has a queue, so that a slow one does not stop the others. */
class Member {
  private readonly waiting = new Queue<Uint8Array>(100);
  private readonly writer: StreamWriter;
  private readonly sender;

  constructor(writer: StreamWriter) {
    this.writer = writer;
    this.sender = createTask(this.sendAll());
  }

  send(line: Uint8Array): void {
    try {
      this.waiting.putNowait(line);
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      this.writer.transport.abort();
    }
  }

  leave(): void {
    this.sender.cancel();
  }

  private async sendAll(): Promise<void> {
    try {
      for (;;) await this.writer.write(await this.waiting.get());
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
    }
  }
}

export async function main(port = 8889): Promise<void> {
  const room = new Room();
  const server = await startServer((reader, writer) => room.serve(reader, writer), "127.0.0.1", port);
  console.log(`chat on ${server.sockets[0]?.getsockname().slice(0, 2)}: nc 127.0.0.1 ${port}`);
  await server.serveForever();
}

if (isMain(import.meta)) await run(main(Number(process.argv[2] ?? 8889)));
