/** What the examples of docstrings call by name and do not define: the user's own. */

import type { ChildProcess } from "node:child_process";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type {
  AsyncContextManager,
  Condition,
  ContextVar,
  Coroutine,
  CoroutineObject,
  EventLoop,
  Lock,
  Queue,
  Semaphore,
  Task,
  TaskConstructor,
} from "tsyncio";
import type { StreamReader, StreamWriter } from "tsyncio/net";
import type { Sequencer } from "tsyncio/testing";
import type { ClusterExecutor } from "tsyncio-cluster";

interface Page {
  readonly title: string;
}

interface Client {
  release(): void;
  fetch(id: string): Coroutine<string>;
}

interface Image {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

declare global {
  // What is loaded and saved.
  const [url, another, a, b, id, path, file, target, folder]: [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const urls: readonly string[];
  function load(url: string): CoroutineObject<Page>;
  function loadUser(id: string): CoroutineObject<string>;
  function loadOrders(id: string): CoroutineObject<string[]>;
  function find(text: string): CoroutineObject<string[]>;
  function save(what: unknown): CoroutineObject<void>;
  function show(what: unknown): void;
  function record(name: string, milliseconds: number): void;
  function rows(): AsyncIterable<Uint8Array>;
  function greet(name: string): void;
  function main(): CoroutineObject<void>;
  function migrate(): CoroutineObject<void>;
  function countJobs(): CoroutineObject<number>;
  const [form, order]: readonly unknown[];
  const token: string;
  const price: number;
  const items: unknown[];
  const users: { find(id: string): CoroutineObject<Page> };
  class Account {
    constructor(balance: number);
    balance: number;
    withdraw(amount: number): CoroutineObject<void>;
  }

  // What runs in another thread, process or machine.
  function hash(password: string): string;
  function hashFile(name: string): string;
  function parse(file: string): string;
  function resize(image: Image): Image;
  function work(n: number): number;
  const password: string;
  const image: Image;
  const pixels: Uint8Array<ArrayBuffer>;

  // What tsyncio has made.
  const task: Task<Page>;
  const tasks: Task<Page>[];
  const loop: EventLoop;
  const TracedTask: TaskConstructor;
  const lock: Lock;
  const semaphore: Semaphore;
  const condition: Condition;
  const queue: Queue<string>;
  const sequencer: Sequencer;
  const source: AsyncIterable<number>;
  const user: ContextVar<string>;
  const cluster: ClusterExecutor;
  const writer: StreamWriter;
  function handle(reader: StreamReader, writer: StreamWriter): CoroutineObject<void>;
  function handler(reader: StreamReader, writer: StreamWriter): CoroutineObject<void>;

  // What others have made.
  const app: FastifyInstance;
  const server: Server;
  const child: ChildProcess;
  const socket: Socket;
  interface HTMLInputElement {
    readonly value: string;
  }
  const button: EventTarget & { onclick: () => void };
  const input: { readonly value: string; oninput: () => void };
  const response: Response;
  const data: Uint8Array;
  const pool: { connect(): Promise<Client>; connection(): AsyncContextManager<Client, void> };
  const { readFile, watch, copyFileSync }: typeof import("node:fs");
  const { createInterface }: typeof import("node:readline");
  const assert: typeof import("node:assert/strict");
  const expect: typeof import("vitest").expect;
}
