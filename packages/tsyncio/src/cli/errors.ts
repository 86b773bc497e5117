/** What the user of the program got wrong: its message is shown without a stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
