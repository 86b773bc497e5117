/** What the user of the program got wrong: its message is shown without a stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * The process that was to be looked into is not there, or must not be, or does not answer. Shown without a stack; the
 * exit code is 1.
 */
export class TargetError extends Error {
  override readonly name = "TargetError";
}
