/** What no caller of the pools can get. */

import { reportToConsole } from "../host/virtual.ts";
import type { EventLoop } from "../kernel/loop.ts";

/** Tells the exception handler of the loop; without one, the console. */
export function reportTo(loop: EventLoop | null, message: string, exception?: unknown): void {
  if (loop === null) reportToConsole(message, exception);
  else loop.callExceptionHandler(exception === undefined ? { message } : { message, exception });
}
