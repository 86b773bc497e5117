/**
 * Where tsyncio differs from CPython 3.15.2 on purpose. What stands here is not compared; everything else is.
 * Keep it short: a trace that differs is a bug until the opposite is shown.
 */

const BARRIER =
  "the numbers of a barrier are distinct when a task was cancelled while it filled (CPython issue 155233)";

/** Cases whose trace may differ, with the reason. */
export const CASES: Record<string, string> = {
  "wait-coroutines-refused": "wait() takes bare coroutines and makes tasks of them, as asyncio did before 3.11",
  "barrier-waiter-cancelled": BARRIER,
  "r848-32": BARRIER,
  "r965-36": BARRIER,
};

/** Messages that say the same with JavaScript's names, or with a hint added: tsyncio's, and CPython's. */
const WORDING: [own: RegExp, python: string][] = [
  [/^Task does not support the setResult operation$/, "Task does not support set_result operation"],
  [/^Task does not support the setException operation$/, "Task does not support set_exception operation"],
  [/^invalid returnWhen "(.*)": use .*$/, "Invalid return_when value: $1"],
  [/^readExactly size can not/, "readexactly size can not"],
  [/^readUntil\(\) called while/, "readuntil() called while"],
  [/^readExactly\(\) called while/, "readexactly() called while"],
  [/^taskDone\(\) called too many times$/, "task_done() called too many times"],
  [/^cannot reuse already awaited anext\(\)\/asend\(\)/, "cannot reuse already awaited __anext__()/asend()"],
  [/^unhandled exception during run\(\) shutdown$/, "unhandled exception during asyncio.run() shutdown"],
  [/^<> has no value here and no default$/, "<>"],
  // A task group's own text says that it is one.
  [/^<> (has already been entered|has not been entered|is finished|is shutting down)(:.*)?$/, "TaskGroup <> $1"],
];

/** CPython's words for a message of tsyncio in its canonical form. */
export function pythonWording(message: string): string {
  const found = WORDING.find(([own]) => own.test(message));
  return found === undefined ? message : message.replace(...found);
}
