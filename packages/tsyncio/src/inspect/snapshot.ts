/**
 * What a look into a running program finds, as plain data: it can be sent, kept in a file, and read by later versions.
 */

/** Of the data. A reader takes those that it knows. */
export const FORMAT = 1;

/** A place in a coroutine or a function. */
export interface Place {
  readonly name: string;
  readonly file: string;
  /** From 1; 0 where the host does not tell. */
  readonly line: number;
  readonly column: number;
}

/**
 * `new` has not begun, `running` is in the middle of a step, `ready` has its next step in the loop's queue, `waiting`
 * waits for a future.
 */
export type TaskState = "new" | "running" | "ready" | "waiting";

/**
 * How a task waits for those in `on`: for the `task` itself, for those that are `part` of a group or a gather, or for
 * what they `hold`, a lock: such a task is not itself awaited.
 */
export type Via = "task" | "part" | "hold";

export interface TaskData {
  /** Of the thread's own. */
  readonly id: number;
  /** The id of its loop. */
  readonly loop: number;
  readonly name: string;
  readonly state: TaskState;
  /** The place of its stack in `stacks`; -1 if it was not looked at. */
  readonly stack: number;
  /** What it waits for, in words; empty if that has come and it is ready; null if it waits for nothing but its turn. */
  readonly waitsFor: string | null;
  /** The tasks whose end, or whose release of a lock, would end the wait. */
  readonly on: readonly number[];
  readonly via: Via;
  /** Tasks that watch over it without waiting for it at present: that of a task group in the middle of its block. */
  readonly awaitedBy: readonly number[];
  /** How many `cancel()` calls have not been taken back. */
  readonly cancelling: number;
  /** The task that has cancelled it, in debug mode. */
  readonly cancelledBy?: string | undefined;
  /** The message of `cancel()`. */
  readonly cancelMessage?: string | undefined;
  /**
   * How many seconds ago its last step has ended: so long it has been waiting. Where an instrument looks on, and in
   * debug mode.
   */
  readonly waited?: number | undefined;
  /** It was waiting before the instrument came: `waited` is the least. */
  readonly longer?: true;
  /** The number of the queue or lock that it waits for, where an instrument looks on. */
  readonly shared?: number;
}

/** A queue that tasks wait for. */
export interface QueueData {
  /** Of the thread's own. */
  readonly id: number;
  readonly kind: "queue";
  /** Of its class. */
  readonly name: string;
  /** How many items are in it. */
  readonly size: number;
  /** 0 and less is no limit. */
  readonly maxsize: number;
  /** How many tasks wait for an item, and for room. */
  readonly getters: number;
  readonly putters: number;
}

/** A lock that tasks wait for. */
export interface LockData {
  readonly id: number;
  readonly kind: "lock";
  readonly name: string;
  /** The tasks that hold it; empty if it was acquired outside of a task. */
  readonly holders: readonly number[];
  readonly waiters: number;
  /** For how many seconds it has been held. */
  readonly held?: number;
  /** It may have been held for longer. */
  readonly longer?: true;
}

export type SharedData = QueueData | LockData;

/** An exception that nothing has asked for yet. */
export interface UnaskedData {
  /** The name of the task that has failed; null if it is a future. */
  readonly task: string | null;
  /** The class of the exception. */
  readonly error: string;
}

export interface LoopData {
  readonly id: number;
  readonly name: string;
  readonly running: boolean;
  /** How many tasks and callbacks are ready. */
  readonly ready: number;
  readonly timers: number;
}

/** One thread with its loops. Tasks stand in the order in which they were made. */
export interface ThreadData {
  readonly format: typeof FORMAT;
  readonly loops: readonly LoopData[];
  readonly tasks: readonly TaskData[];
  /** Innermost frames first; several tasks may share one. */
  readonly stacks: readonly (readonly Place[])[];
  /** The queues and locks that tasks wait for, where an instrument looks on. */
  readonly shared?: readonly SharedData[];
  /** The exceptions that nothing has asked for, at most 100, where an instrument looks on. */
  readonly unasked?: readonly UnaskedData[];
  /** Where the thread was in the middle of running code when it was looked at; empty if it was idle. */
  readonly running: readonly Place[];
}
