/** When the process is about to end for want of work, loops that still run can never be woken: a deadlock. */

interface Global {
  process?: {
    on?(event: "beforeExit", listener: () => void): unknown;
    off?(event: "beforeExit", listener: () => void): unknown;
  };
}

const watching = new Set<() => void>();

function beforeExit(): void {
  for (const stuck of [...watching]) stuck();
}

/** Calls `stuck` when the process is about to end, until the function given back is called. */
export function onStuck(stuck: () => void): () => void {
  if (watching.size === 0) (globalThis as Global).process?.on?.("beforeExit", beforeExit);
  watching.add(stuck);
  return () => {
    watching.delete(stuck);
    if (watching.size === 0) (globalThis as Global).process?.off?.("beforeExit", beforeExit);
  };
}
