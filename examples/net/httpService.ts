"use tsyncio";
// A service that ends in good order: SIGINT or SIGTERM refuses new connections, lets requests end for 10 seconds, then
// cancels.
// Python: aiohttp.web.
// Usage: npm start -- net/httpService [PORT]
import { run, sleep } from "tsyncio";
import { type HttpServer, serve } from "tsyncio/http-server";
import { isMain } from "../lib/isMain.ts";

class Orders {
  private readonly totals = new Map<string, number>();

  async handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const name = /^\/orders\/(\w+)$/.exec(pathname)?.[1];
    if (name === undefined) return new Response("there are only /orders/NAME\n", { status: 404 });
    if (request.method !== "POST") return Response.json({ name, total: this.totals.get(name) ?? 0 });
    const amount = Number(await request.text());
    if (!Number.isFinite(amount)) return new Response("the body must be an amount, such as 12.5\n", { status: 400 });
    // what a database takes; a client that leaves does not undo half of it, for a POST is not cancelled
    await sleep(0.2);
    this.totals.set(name, (this.totals.get(name) ?? 0) + amount);
    return Response.json({ name, total: this.totals.get(name) }, { status: 201 });
  }
}

export async function main(port = 8080, listening?: (server: HttpServer) => void): Promise<void> {
  const orders = new Orders();
  // Leaving the block shuts down, also when a signal has cancelled what is in it.
  await using server = await serve((request) => orders.handle(request), { port, grace: 10 });
  console.log(`serving on ${server.url}`);
  listening?.(server);
  try {
    await server.serveForever();
  } finally {
    console.log("ending: no new connections, requests go on");
  }
}

if (isMain(import.meta)) {
  // The process ends by its signal; nothing is wrong, and there is no stack to print.
  await run(main(Number(process.argv[2] ?? 8080)), { signals: ["SIGINT", "SIGTERM"] });
}
