"use tsyncio";
// A chat over WebSockets with an HTTP API, on one port. Ctrl-C closes every connection in good order.
// Python: websockets' serve and broadcast, beside aiohttp's web.Application.
// Usage: npm start -- net/webChat [PORT], then open the page in two windows
import { run } from "tsyncio";
import { serve } from "tsyncio/http-server";
import { acceptWebSockets, broadcast, ConnectionClosed, type ServerConnection } from "tsyncio/websocket";
import { isMain } from "../lib/isMain.ts";

interface Line {
  readonly from: string;
  readonly text: string;
}

const KEPT = 100; // lines of the history
const LONGEST = 1000; // of a line, in bytes: a member cannot fill the connections of all the others

class Room {
  private readonly members = new Map<string, ServerConnection>();
  private readonly history: Line[] = [];

  /** One member, from the first line to the last. */
  async join(connection: ServerConnection): Promise<void> {
    const name = new URL(connection.request.url ?? "/", "http://localhost").searchParams.get("name") ?? "";
    if (name === "" || this.members.has(name)) return await connection.close(1008, "choose another name");
    this.members.set(name, connection);
    try {
      this.say("*", `${name} has joined`);
      for await (const message of connection) this.say(name, String(message));
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error; // a member who is gone without a word has left too
    } finally {
      this.members.delete(name);
      this.say("*", `${name} has left`);
    }
  }

  /** The API: which members are there, what was said, and a way to say something without a WebSocket. */
  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /":
        return new Response(PAGE, { headers: { "content-type": "text/html; charset=utf-8" } });
      case "GET /members":
        return Response.json([...this.members.keys()]);
      case "GET /messages":
        return Response.json(this.history);
      case "POST /messages":
        this.say("api", (await request.text()).slice(0, LONGEST));
        return new Response(null, { status: 204 });
      default:
        return new Response("not found\n", { status: 404 });
    }
  }

  private say(from: string, text: string): void {
    const line = { from, text };
    this.history.push(line);
    if (this.history.length > KEPT) this.history.shift();
    broadcast(this.members.values(), JSON.stringify(line));
  }
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>chat</title><pre id="log"></pre><input autofocus><script>
const socket = new WebSocket("chat?name=" + encodeURIComponent(prompt("your name?")));
socket.onmessage = ({ data }) => { const { from, text } = JSON.parse(data); log.textContent += from + ": " + text + "\\n"; };
document.querySelector("input").onchange = ({ target }) => { socket.send(target.value); target.value = ""; };
</script>`;

export async function main(port = 8080): Promise<void> {
  const room = new Room();
  await using server = await serve((request) => room.answer(request), { port });
  const options = { path: "/chat", maxPayload: LONGEST };
  await using _chat = await acceptWebSockets(server, (connection) => room.join(connection), options);
  console.log(`chat on ${server.url}`);
  await server.serveForever();
}

if (isMain(import.meta)) await run(main(Number(process.argv[2] ?? 8080)));
