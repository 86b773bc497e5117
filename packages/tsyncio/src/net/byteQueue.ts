/** Bytes that come in at one end in chunks, and are taken at the other in pieces. */

/** A gap this long at the head of the list of chunks is closed. */
const MAX_GAP = 64;
/** Chunks that are shorter are copied together: an array costs some 200 bytes beside its contents. */
const SHORT = 1024;
/** But only behind this many others: a reader that keeps up pays nothing. */
const MANY = 8;
const LEAST_BLOCK = 64;
const MOST_BLOCK = 16 * 1024;
const EMPTY: Uint8Array = new Uint8Array(0);

/** All chunks but the first, from the place `head` on. */
interface Rest {
  readonly chunks: Uint8Array[];
  head: number;
  /** What the last chunk is the filled part of, if short chunks were copied together there. */
  block: Uint8Array | null;
}

/**
 * Keeps the chunks as they came, unless many short ones come: nothing is copied on the way in, and a chunk that is
 * taken as a whole is not copied on the way out.
 */
export class ByteQueue {
  /** How many bytes there are. */
  length = 0;
  /** The first chunk, and the place of the first byte in it. */
  private first = EMPTY;
  private offset = 0;
  /** The chunks after it. Mostly there are none: an idle connection has no list. */
  private rest: Rest | null = null;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.length === 0) this.first = plain(chunk);
    else this.append(chunk);
    this.length += chunk.length;
  }

  /** Puts bytes back before the first. */
  unshift(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.length > 0) {
      const second = this.offset > 0 ? this.first.subarray(this.offset) : this.first;
      this.rest ??= { chunks: [], head: 0, block: null };
      const { rest } = this;
      if (rest.head > 0) rest.chunks[--rest.head] = second;
      else rest.chunks.unshift(second);
    }
    this.first = plain(chunk);
    this.offset = 0;
    this.length += chunk.length;
  }

  clear(): void {
    this.first = EMPTY;
    this.offset = 0;
    this.rest = null;
    this.length = 0;
  }

  /** Takes the first `count` bytes, or all if there are less. */
  take(count: number): Uint8Array {
    const size = Math.min(count, this.length);
    if (size === 0) return EMPTY;
    const { first, offset } = this;
    if (size > first.length - offset) return this.takeSeveral(size);
    // A part is copied, so that a short line does not hold on to the whole chunk that it came in.
    const piece = size === first.length ? first : first.slice(offset, offset + size);
    this.skip(size);
    return piece;
  }

  /** Drops the first `count` bytes. There must be at least as many. */
  skip(count: number): void {
    this.length -= count;
    if (this.length === 0) return this.clear();
    this.offset += count;
    while (this.offset >= this.first.length) {
      this.offset -= this.first.length;
      this.first = this.next();
    }
  }

  /** Where `bytes` begin, from the place `from` on; -1 if they are nowhere. */
  indexOf(bytes: Uint8Array, from: number): number {
    const first = bytes[0] as number;
    const last = this.length - bytes.length;
    let i = 0;
    let start = -this.offset;
    if (this.rest !== null && from >= start + this.first.length) {
      // From the end: a reader goes on where it has stopped before the newest chunks.
      i = this.rest.chunks.length - this.rest.head;
      start = this.length - this.chunk(i).length;
      while (start > from) start -= this.chunk(--i).length;
    }
    for (; start <= last; i++) {
      const chunk = this.chunk(i);
      let at = chunk.indexOf(first, Math.max(from - start, 0));
      while (at >= 0 && start + at <= last) {
        if (this.matches(bytes, i, at)) return start + at;
        at = chunk.indexOf(first, at + 1);
      }
      start += chunk.length;
    }
    return -1;
  }

  /** True if `bytes` stand at the place `position`. */
  startsWith(bytes: Uint8Array, position: number): boolean {
    return position + bytes.length <= this.length && this.indexOf(bytes, position) === position;
  }

  /** The first one is number 0. */
  private chunk(index: number): Uint8Array {
    if (index === 0) return this.first;
    const { chunks, head } = this.rest as Rest;
    return chunks[head + index - 1] as Uint8Array;
  }

  private append(chunk: Uint8Array): void {
    this.rest ??= { chunks: [], head: 0, block: null };
    const { rest } = this;
    const { chunks } = rest;
    if (chunk.length >= SHORT || chunks.length - rest.head < MANY) {
      rest.block = null;
      chunks.push(plain(chunk));
      return;
    }
    let filled = rest.block === null ? 0 : (chunks.at(-1) as Uint8Array).length;
    if (rest.block === null || filled + chunk.length > rest.block.length) {
      const size = Math.max(LEAST_BLOCK, Math.min(this.length, MOST_BLOCK), 2 * chunk.length);
      rest.block = new Uint8Array(size);
      filled = 0;
      chunks.push(EMPTY);
    }
    rest.block.set(chunk, filled);
    chunks[chunks.length - 1] = rest.block.subarray(0, filled + chunk.length);
  }

  /** Takes the second chunk. There must be one. */
  private next(): Uint8Array {
    const rest = this.rest as Rest;
    const { chunks } = rest;
    const chunk = chunks[rest.head] as Uint8Array;
    chunks[rest.head++] = EMPTY;
    if (rest.head === chunks.length) {
      this.rest = null;
    } else if (rest.head >= MAX_GAP && rest.head * 2 > chunks.length) {
      chunks.splice(0, rest.head);
      rest.head = 0;
    }
    return chunk;
  }

  private matches(bytes: Uint8Array, index: number, at: number): boolean {
    let i = index;
    let place = at;
    let chunk = this.chunk(i);
    for (const byte of bytes) {
      while (place >= chunk.length) {
        place = 0;
        chunk = this.chunk(++i);
      }
      if (chunk[place++] !== byte) return false;
    }
    return true;
  }

  private takeSeveral(size: number): Uint8Array {
    const all = new Uint8Array(size);
    let filled = 0;
    let { offset } = this;
    for (let i = 0; filled < size; i++) {
      const piece = this.chunk(i).subarray(offset, offset + size - filled);
      all.set(piece, filled);
      filled += piece.length;
      offset = 0;
    }
    this.skip(size);
    return all;
  }
}

/** Not a subclass: Node's `Buffer` has a `toString` and a `slice` of its own. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
