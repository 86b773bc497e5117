"use tsyncio";
// At most three requests in any second:
// the fourth waits until the first is a second ago.
import { gather, getRunningLoop, Lock, run, sleep } from "tsyncio";

class RateLimiter {
  private readonly times: number[] = [];
  private readonly turn = new Lock();
  private readonly count: number;
  private readonly seconds: number;

  constructor(count: number, seconds: number) {
    this.count = count;
    this.seconds = seconds;
  }

  async acquire() {
    await using _turn = this.turn; // first come, first served
    const loop = getRunningLoop();
    if (this.times.length === this.count) {
      const oldest = this.times.shift() as number;
      await sleep(Math.max(0, oldest + this.seconds - loop.time()));
    }
    this.times.push(loop.time());
  }
}

async function request(limiter: RateLimiter, n: number, start: number) {
  await limiter.acquire();
  console.log(`${(getRunningLoop().time() - start).toFixed(1)} s: request ${n}`);
}

async function main() {
  const limiter = new RateLimiter(3, 1);
  const start = getRunningLoop().time();
  await gather(...Array.from({ length: 8 }, (_, n) => request(limiter, n + 1, start)));
}

await run(main());
