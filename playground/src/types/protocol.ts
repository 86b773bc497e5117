/** What the page and the worker for types say to each other. The worker is ours: no program runs there. */

import type { TypeService } from "./service.ts";

export interface Question {
  readonly id: number;
  readonly method: keyof TypeService;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  /** Instead of a value: why there is none. */
  readonly error?: string;
}
