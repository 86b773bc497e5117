/** Bytes that come in at one end in chunks, and are taken at the other in pieces. */

/** A gap this long at the head of the list of chunks is closed. */
const MAX_GAP = 64;
const EMPTY = new Uint8Array(0);

/**
 * Keeps the chunks as they came: nothing is copied on the way in, and a chunk that is taken as a whole is not copied
 * on the way out.
 */
export class ByteQueue {
  /** How many bytes there are. */
  length = 0;
  private chunks: Uint8Array[] = [];
  /** The place of the first chunk in `chunks`, and of the first byte in that chunk. */
  private head = 0;
  private offset = 0;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.chunks.push(plain(chunk));
    this.length += chunk.length;
  }

  /** Puts bytes back before the first. */
  unshift(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.offset > 0) {
      this.chunks[this.head] = (this.chunks[this.head] as Uint8Array).subarray(this.offset);
      this.offset = 0;
    }
    if (this.head > 0) this.chunks[--this.head] = plain(chunk);
    else this.chunks.unshift(plain(chunk));
    this.length += chunk.length;
  }

  clear(): void {
    this.chunks = [];
    this.head = 0;
    this.offset = 0;
    this.length = 0;
  }

  /** Takes the first `count` bytes, or all if there are less. */
  take(count: number): Uint8Array {
    const size = Math.min(count, this.length);
    if (size === 0) return EMPTY;
    const first = this.chunks[this.head] as Uint8Array;
    const left = first.length - this.offset;
    if (size > left) return this.takeSeveral(size);
    // A part is copied, so that a short line does not hold on to the whole chunk that it came in.
    const piece = size === first.length ? first : first.slice(this.offset, this.offset + size);
    this.skip(size);
    return piece;
  }

  /** Drops the first `count` bytes. There must be so many. */
  skip(count: number): void {
    this.length -= count;
    this.offset += count;
    let chunk = this.chunks[this.head];
    while (chunk !== undefined && this.offset >= chunk.length) {
      this.offset -= chunk.length;
      this.chunks[this.head++] = EMPTY;
      chunk = this.chunks[this.head];
    }
    if (chunk === undefined) this.clear();
    else if (this.head >= MAX_GAP && this.head * 2 > this.chunks.length) {
      this.chunks.splice(0, this.head);
      this.head = 0;
    }
  }

  /** Where `bytes` begin, from the place `from` on; -1 if they are nowhere. */
  indexOf(bytes: Uint8Array, from: number): number {
    const first = bytes[0] as number;
    const last = this.length - bytes.length;
    let start = -this.offset;
    for (let i = this.head; i < this.chunks.length && start <= last; i++) {
      const chunk = this.chunks[i] as Uint8Array;
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

  private matches(bytes: Uint8Array, index: number, at: number): boolean {
    let i = index;
    let place = at;
    let chunk = this.chunks[i] as Uint8Array;
    for (const byte of bytes) {
      while (place >= chunk.length) {
        place = 0;
        chunk = this.chunks[++i] as Uint8Array;
      }
      if (chunk[place++] !== byte) return false;
    }
    return true;
  }

  private takeSeveral(size: number): Uint8Array {
    const all = new Uint8Array(size);
    let filled = 0;
    let { offset } = this;
    for (let i = this.head; filled < size; i++) {
      const chunk = this.chunks[i] as Uint8Array;
      const piece = chunk.subarray(offset, offset + size - filled);
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
