/** Stacks of errors that are limited, cut or rewritten. */

/**
 * Formats the stacks of the error and of those inside it. Until then V8 keeps, for each frame, the function and its
 * `this`: the task that has failed, among others.
 */
export function cutStack(error: unknown, seen: Set<unknown> = new Set()): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  try {
    formatStack(error);
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(error))) {
      for (const inner of Array.isArray(value) ? value : [value]) cutStack(inner, seen);
    }
  } catch {
    // The error is frozen, or a function of the program's has failed: a getter, or `Error.prepareStackTrace`.
  }
}

function formatStack(error: Error): void {
  const stack: unknown = error.stack;
  if (typeof Error.captureStackTrace !== "function" || !Object.hasOwn(error, "stack")) return;
  // Deno keeps the frames that it has formatted until it formats others: none.
  const limit = limitStacks(0);
  try {
    Error.captureStackTrace(error);
    void error.stack;
  } finally {
    limitStacks(limit);
    // A text, whatever the program's `Error.prepareStackTrace` has made: an array of call sites would keep the frames.
    if (stack !== undefined) error.stack = String(stack);
  }
}

/** The stack is what `rewrite` makes of it. Lazily, since few stacks are ever read; `own` describes the property. */
export function rewriteStack(error: Error, own: PropertyDescriptor, rewrite: (stack: string) => string): void {
  const stack = own.get === undefined ? () => own.value as string : () => own.get?.call(error) as string;
  Object.defineProperty(error, "stack", {
    configurable: true,
    enumerable: false,
    get: () => rewrite(stack()),
    set: (value: string) => Object.defineProperty(error, "stack", { value, writable: true, configurable: true }),
  });
}

/** From now on stacks of errors have at most `lines`, but where `Error` is frozen. Returns the limit before. */
export function limitStacks(lines: number | undefined): number | undefined {
  const before = Error.stackTraceLimit;
  Reflect.set(Error, "stackTraceLimit", lines);
  return before;
}
