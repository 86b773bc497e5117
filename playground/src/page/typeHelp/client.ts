/** The worker in which TypeScript runs, as the page sees it. It is the page's: programs know nothing of it. */

import { size, url } from "virtual:type-help";
import type { Answer, Question } from "../../types/protocol.ts";
import type { TypeService } from "../../types/service.ts";

type Method = keyof TypeService;
type Value<M extends Method> = ReturnType<TypeService[M]>;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class TypeClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;

  /**
   * Loads the script of the worker. `onProgress` is called with the part that has come, from 0 to 1.
   *
   * @throws what `fetch` throws, and an `Error` when the host does not have the script.
   */
  static async load(onProgress: (part: number) => void, signal: AbortSignal): Promise<TypeClient> {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`${url}: ${response.status}`);
    const chunks: BlobPart[] = [];
    let bytes = 0;
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.length;
      onProgress(Math.min(bytes / size.bytes, 1));
    }
    return new TypeClient(new Blob(chunks, { type: "text/javascript" }));
  }

  private constructor(script: Blob) {
    const address = URL.createObjectURL(script);
    this.worker = new Worker(address);
    this.worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      URL.revokeObjectURL(address);
      this.hear(data);
    });
    this.worker.addEventListener("error", ({ message }) => this.fail(new Error(message)));
  }

  /** @throws Error if the worker cannot answer, or has ended. */
  ask<M extends Method>(method: M, ...args: Parameters<TypeService[M]>): Promise<Value<M>> {
    const id = this.next++;
    const question: Question = { id, method, args };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage(question);
    });
  }

  /** Questions that have no answer yet fail. */
  end(): void {
    this.worker.terminate();
    this.fail(new Error("type help was turned off"));
  }

  private hear({ id, value, error }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value as never);
    else waiting?.reject(new Error(error));
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
