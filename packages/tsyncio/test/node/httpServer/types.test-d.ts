// What the compiler says about `serve` and `toHandler`. Checked by tsc; never run.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import express from "express";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Context, Hono, type MiddlewareHandler, type Next } from "hono";
import { createMiddleware } from "hono/factory";
import type { ServerRequest } from "srvx";
import { type Coroutine, fromPromise, sleep, type Task } from "tsyncio";
import { type HttpServer, serve, toHandler } from "tsyncio/http-server";
import { check, type Equal } from "../../types/equal.ts";

declare const task: Task<Response>;

export function* servers(): Coroutine<void> {
  const server = yield* serve(function* (request) {
    check<Equal<typeof request, ServerRequest>>();
    yield* sleep(1);
    return new Response(request.ip);
  });
  check<Equal<typeof server, HttpServer>>();
  yield* serve((request) => new Response(request.url), { port: 0, trustProxy: "loopback" });
  yield* serve(async () => new Response(), { tls: { cert: "", key: "" }, cancelOnDisconnect: true });
  yield* serve(() => task, null);
  const app = new Hono();
  yield* serve(app.fetch);

  // @ts-expect-error an object is no Response
  yield* serve(() => ({ hello: 1 }));
  // @ts-expect-error nor is what a coroutine returns
  yield* serve(function* () {
    yield* sleep(1);
    return "text";
  });
  // @ts-expect-error `yield` without the star
  yield* serve(function* () {
    yield sleep(1);
    return new Response();
  });
  // @ts-expect-error an option that does not exist
  yield* serve(() => new Response(), { host: "localhost" });
  // @ts-expect-error methods are not chosen one by one
  yield* serve(() => new Response(), { cancelOnDisconnect: "GET" });
  // @ts-expect-error an address belongs into an array
  yield* serve(() => new Response(), { trustProxy: "10.0.0.1" });
}

export function ofNodeHttp(): void {
  createServer(
    toHandler(function* (request: IncomingMessage, response: ServerResponse) {
      yield* sleep(1);
      response.end(request.url);
    }),
  );
  createServer(toHandler(async (_request: IncomingMessage, response: ServerResponse) => void response.end()));
  // @ts-expect-error a request is no number
  createServer(toHandler(function* (_request: number) {}));
  // @ts-expect-error an option that does not exist
  createServer(toHandler(function* () {}, { cancel: true }));
}

export function ofFastify(): void {
  const app = fastify();
  interface User {
    Params: { id: string };
    Body: { name: string };
    Reply: { id: string; name: string };
  }
  app.get(
    "/",
    toHandler(function* (request: FastifyRequest, reply: FastifyReply) {
      yield* sleep(1);
      reply.header("x-ip", request.ip);
      return { hello: "fastify" };
    }),
  );
  app.post<User>(
    "/users/:id",
    toHandler(function* (request: FastifyRequest<User>) {
      yield* sleep(1);
      check<Equal<typeof request.params.id, string>>();
      check<Equal<typeof request.body.name, string>>();
      return { id: request.params.id, name: request.body.name };
    }),
  );
  app.route({
    method: "GET",
    url: "/route",
    handler: toHandler(function* (request: FastifyRequest) {
      yield* sleep(1);
      return request.url;
    }),
  });
  app.get(
    "/this",
    toHandler(function* (this: FastifyInstance, _request: FastifyRequest, reply: FastifyReply) {
      yield* sleep(1);
      reply.send(this.version);
    }),
  );
  const hook = toHandler(function* (request: FastifyRequest, reply: FastifyReply) {
    yield* sleep(1);
    if (request.headers.authorization === undefined) return reply.code(401).send();
    return undefined;
  });
  app.addHook("onRequest", hook);
  app.get("/guarded", { preHandler: hook }, () => "in");
  app.setErrorHandler(
    toHandler(function* (error: Error, _request: FastifyRequest, reply: FastifyReply) {
      yield* sleep(1);
      reply.code(500);
      return error.message;
    }),
  );
  app.post<User>(
    "/users/:id",
    // @ts-expect-error the answer lacks the name
    toHandler(function* (request: FastifyRequest<User>) {
      yield* sleep(1);
      return { id: request.params.id };
    }),
  );
}

export function ofExpress(): void {
  const app = express();
  app.get(
    "/users/:id",
    toHandler(function* (request: express.Request<{ id: string }>, response: express.Response) {
      yield* sleep(1);
      response.json({ id: request.params.id });
    }),
  );
  app.use(
    toHandler(function* (_request: express.Request, _response: express.Response, next: express.NextFunction) {
      yield* sleep(1);
      next();
    }),
  );
  app.use(
    toHandler(function* (
      error: Error,
      _request: express.Request,
      response: express.Response,
      _next: express.NextFunction,
    ) {
      yield* sleep(1);
      response.status(500).send(error.message);
    }),
  );
  const guard: express.RequestHandler = toHandler(function* (
    request: express.Request,
    response: express.Response,
    next: express.NextFunction,
  ) {
    yield* sleep(1);
    if (request.headers.authorization === undefined) return void response.sendStatus(401);
    next();
  });
  app.use("/users", guard);
  express.Router().get(
    "/",
    guard,
    toHandler(async (_: express.Request, response: express.Response) => void response.end()),
  );
  const answers = toHandler(function* (_request: express.Request, response: express.Response) {
    yield* sleep(1);
    return response.send("express has no use for it");
  });
  app.get("/answers", answers);
}

export function ofHono(): void {
  interface Env {
    Bindings: { secret: string };
    Variables: { user: string };
  }
  const app = new Hono<Env>();
  app.get(
    "/users/:id",
    toHandler(function* (c: Context<Env, "/users/:id">) {
      yield* sleep(1);
      const id: string = c.req.param("id");
      return c.json({ id, user: c.var.user });
    }),
  );
  const five = toHandler(function* (_c: Context) {
    yield* sleep(1);
    return 5;
  });
  // @ts-expect-error a number is no response
  app.get("/", five);
  // @ts-expect-error nor for a middleware
  app.use(five);

  const timed = toHandler(function* (c: Context<Env>, next: Next) {
    yield* fromPromise(next());
    c.header("x-user", c.var.user);
  });
  check<Equal<ReturnType<typeof timed>, Promise<void>>>();
  app.use(timed);
  app.use("/users/*", timed);
  app.get("/timed", timed, (c) => c.text("ok"));
  const guard: MiddlewareHandler<Env> = toHandler(function* (c: Context<Env>, next: Next) {
    if (c.var.user === "") return c.text("no", 401);
    return yield* fromPromise(next());
  });
  app.use(guard);
  app.use(
    toHandler(async (_c: Context, next: Next) => {
      await next();
    }),
  );
  createMiddleware<Env>(
    toHandler(function* (c: Context<Env>, next: Next) {
      c.set("user", "ann");
      yield* fromPromise(next());
    }),
  );
  app.notFound(
    toHandler(function* (c: Context<Env>) {
      yield* sleep(1);
      return c.text("not here", 404);
    }),
  );
  app.onError(
    toHandler(function* (error: Error, c: Context<Env>) {
      yield* sleep(1);
      return c.text(error.message, 500);
    }),
  );
}

export async function results(): Promise<void> {
  const coroutine = toHandler(function* (id: number) {
    yield* sleep(1);
    return String(id);
  });
  check<Equal<typeof coroutine, (this: unknown, id: number) => Promise<string>>>();
  const native = toHandler(async (request: Request) => new Response(request.url));
  check<Equal<ReturnType<typeof native>, Promise<Response>>>();
  const plain = toHandler(() => 5);
  check<Equal<ReturnType<typeof plain>, Promise<number>>>();
  // @ts-expect-error what it is called with
  coroutine("5");
}
