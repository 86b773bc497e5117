/** The same job for the pool library by hand: it takes one value, and a module. */
export function add([a, b]: [number, number]): number {
  return a + b;
}
