/**
 * Programs in links: compressed, in the part of the address that no server sees. A program from a link is only shown.
 */

import { CLOCKS, type Clock } from "../protocol.ts";

export interface Shared {
  readonly code: string;
  readonly clock: Clock;
}

/** In bytes; a link that unpacks to more is none of ours. */
const PROGRAM = 64 * 1024;
/** In characters. Some programs cut longer addresses. */
const LINK = 8000;
const VERSION = "1";

/** Null if the program is too long. */
export async function toFragment({ code, clock }: Shared): Promise<string | null> {
  const bytes = new TextEncoder().encode(code);
  if (bytes.length > PROGRAM) return null;
  const packed = await collect(
    new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw")),
    PROGRAM * 2,
  );
  const text = btoa(String.fromCharCode(...packed))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  const fragment = `v=${VERSION}&clock=${clock}&code=${text}`;
  return fragment.length > LINK ? null : fragment;
}

/** What a fragment holds: a program, or the name of an example; null for neither. Throws if it cannot be read. */
export async function fromFragment(fragment: string): Promise<Shared | { readonly example: string } | null> {
  const fields = new URLSearchParams(fragment);
  const example = fields.get("example");
  if (example !== null) return { example };
  const text = fields.get("code");
  if (text === null) return null;
  const clock = CLOCKS.find((one) => one === fields.get("clock"));
  if (fields.get("v") !== VERSION || clock === undefined || text.length > LINK) throw new Error("not a link of ours");
  const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const bytes = await collect(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")), PROGRAM);
  return { code: new TextDecoder("utf-8", { fatal: true }).decode(bytes), clock };
}

/** @throws Error as soon as there are more bytes than `limit`. */
async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new Error("too long");
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
