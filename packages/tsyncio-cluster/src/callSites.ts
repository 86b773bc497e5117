/** Where a job was submitted, for the stack of its error. */

/** Programs submit many jobs from few places: each text is kept once. */
const known = new Map<string, string>();
const MOST = 1000;
const FRAMES = 12;

/** The executor's own, which are on top. */
const OWN = /^ +at (?:\S+ )?(?:ClusterExecutor|JobExecutor|MapResults|callSite)\b/;

/** The frames of the caller; empty where the platform has none. */
export function callSite(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  let text = known.get(stack);
  if (text === undefined) {
    const lines = stack.split("\n").filter((line) => /^ +at /.test(line));
    while (OWN.test(lines[0] ?? "")) lines.shift();
    text = lines.join("\n");
    if (known.size === MOST) known.clear();
    known.set(stack, text);
  }
  return text;
}
