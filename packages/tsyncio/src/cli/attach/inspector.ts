/** A session with Node's inspector. */

import { get } from "node:http";
import { TargetError } from "../errors.ts";
import { WebSocketClient } from "./webSocket.ts";

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A value in the target, as the protocol shows it. */
export interface RemoteValue {
  readonly type: string;
  readonly value?: unknown;
  /** Of a function its source. */
  readonly description?: string;
  readonly objectId?: string;
}

/** What was sent to the target has thrown there. */
export class ThrownThere extends TargetError {}

/**
 * How long an answer may take, in milliseconds. It comes even while the program spins, but not while a native call
 * blocks.
 */
const PATIENCE = 10_000;

/** Sends one message of the protocol on its way, and hears of the answers. */
type Send = (text: string) => void;

/** The protocol over any way of sending: a socket for the process, the process for one of its threads. */
export class Session {
  private readonly sendText: Send;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private readonly listeners = new Map<string, (params: Record<string, unknown>) => void>();
  private ids = 0;
  private ended: TargetError | null = null;

  constructor(send: Send) {
    this.sendText = send;
  }

  /** A message has come. */
  receive(text: string): void {
    const reply = JSON.parse(text) as Reply;
    if (reply.id !== undefined) {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    } else if (reply.method !== undefined) this.listeners.get(reply.method)?.(reply.params ?? {});
  }

  /** All that is waited for, and all that is called from now on, fails. */
  end(error: TargetError): void {
    this.ended ??= error;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const settle of waiting) settle({ error: { message: error.message } });
  }

  on(method: string, listener: (params: Record<string, unknown>) => void): void {
    this.listeners.set(method, listener);
  }

  call(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    if (this.ended !== null) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const id = ++this.ids;
      const late = setTimeout(() => {
        this.waiting.delete(id);
        const why = "a native call may block it, or a debugger has paused it";
        reject(new TargetError(`no answer for ${PATIENCE / 1000} seconds: ${why}`));
      }, PATIENCE);
      this.waiting.set(id, ({ result, error }) => {
        clearTimeout(late);
        if (error === undefined) resolve(result ?? {});
        else reject(this.ended ?? new TargetError(`the inspector says: ${error.message}`));
      });
      this.sendText(JSON.stringify({ id, method, params }));
    });
  }

  evaluate(expression: string, options: { returnByValue?: boolean } = {}): Promise<RemoteValue> {
    // Without `silent` a debugger that is attached too would stop at what is thrown and caught.
    return this.valueOf("Runtime.evaluate", { expression, returnByValue: true, silent: true, ...options });
  }

  /** Calls a function of the target with `objectId` as `this`. */
  callOn(
    objectId: string,
    declaration: string,
    args: readonly unknown[] = [],
    returnByValue = true,
  ): Promise<RemoteValue> {
    return this.valueOf("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: declaration,
      arguments: args.map((value) => ({ value })),
      returnByValue,
      silent: true,
    });
  }

  private async valueOf(method: string, params: Record<string, unknown>): Promise<RemoteValue> {
    const { result, exceptionDetails } = (await this.call(method, params)) as {
      result: RemoteValue;
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails === undefined) return result;
    const text = exceptionDetails.exception?.description ?? exceptionDetails.text;
    const [line] = text.split("\n"); // the others are a stack
    throw new ThrownThere(`looking into the process has failed there: ${line}`);
  }
}

/** Connects to the inspector of this machine at `port`. */
export async function connect(port: number, ended: () => TargetError): Promise<{ session: Session; hangUp(): void }> {
  const text = await httpGet(port, "/json/list");
  const path = /"webSocketDebuggerUrl":\s*"ws:\/\/[^/"]+(\/[^"]+)"/.exec(text)?.[1];
  if (path === undefined) throw new TargetError(`what answers at port ${port} is no inspector of Node`);
  const session: Session = new Session((message) => socket.send(message));
  const socket: WebSocketClient = await WebSocketClient.connect(new URL(`ws://127.0.0.1:${port}${path}`), {
    message: (message) => session.receive(message),
    closed: () => session.end(ended()),
  }).catch(() => {
    throw ended(); // and has perhaps been opened anew, with another path
  });
  return { session, hangUp: () => socket.end() };
}

function httpGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, path, timeout: PATIENCE }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("it does not answer")));
    request.on("error", reject);
  });
}
