/** What the jobs do, for both sides. */

export function addByHand(a: number, b: number): number {
  return a + b;
}

/** That many milliseconds of processor time: of this thread, which the time of a busy machine is not. */
export function burnByHand(milliseconds: number): number {
  const spent = (): number => process.threadCpuUsage().user / 1000;
  let sum = 0;
  for (const end = spent() + milliseconds; spent() < end; ) for (let i = 0; i < 10_000; i += 1) sum += Math.sqrt(i);
  return sum;
}
