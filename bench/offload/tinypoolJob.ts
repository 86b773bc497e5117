/** The small job for the pool library by hand: it takes one value, and is the only thing that its workers load. */
export function add([a, b]: [number, number]): number {
  return a + b;
}
