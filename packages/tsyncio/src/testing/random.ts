/** Random numbers that a seed determines. */

/** sfc32: small, fast, and of good quality. The same seed leads to the same numbers on every machine. */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** Begins anew. Only the low 32 bits of the seed count. */
  seed(seed: number): void {
    this.a = 0x9e3779b9;
    this.b = seed | 0;
    this.c = 0x243f6a88;
    this.counter = 1;
    for (let i = 0; i < 12; i++) this.next32();
  }

  /** An integer of 32 bits, signed. */
  private next32(): number {
    const { a, b, c } = this;
    const sum = (a + b + this.counter++) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum;
  }

  /** From 0 to 1, 1 excluded: as `Math.random`. */
  next(): number {
    return ((this.next32() >>> 5) * 0x4000000 + (this.next32() >>> 6)) / 0x20000000000000;
  }

  /** An integer from 0 to `count - 1`. */
  below(count: number): number {
    return (((this.next32() >>> 0) * count) / 0x100000000) | 0;
  }
}

/** One of the seeds that `seed` and a number stand for. */
export function mixSeeds(seed: number, n: number): number {
  let h = Math.imul(seed ^ (n + 0x9e3779b9), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
