/** What a loop asks of the platform. The kernel knows no platform: see the folder host. */

/** One per loop. */
export interface Host {
  /** A monotonic clock, in seconds. */
  now(): number;
  /**
   * The loop begins to run. From now on `turn` continues it; `stuck` says that nothing can ever wake it,
   * which is a deadlock.
   */
  begin(turn: () => void, stuck: () => void): void;
  /** The loop has stopped: forget timers and wake-ups. */
  end(): void;
  /** Asked between two iterations, after `steps` callbacks: may the loop go on, or is it the platform's turn? */
  mayContinue(steps: number): boolean;
  /** What runs now has done much without a wait: after this iteration it is the platform's turn. */
  endTurn?(): void;
  /**
   * Nothing is ready, the next timer is due at `when` (null: none). True: that time has come, go on at once.
   * False: `turn` will be called when it has, or after `wake`.
   */
  rest(when: number | null): boolean;
  /** Call `turn` in a fresh turn of the platform: work has arrived, or `mayContinue` said no. */
  wake(): void;
  /**
   * The platform itself has called, a socket for example, and something is ready: calls `turn` here and now. False if
   * it does not. `inside`: the call comes in the async context of the code that runs the loop.
   */
  called?(inside: boolean): boolean;
  /** Throws if the host cannot wait for `what` of the real world, a promise for example: its time is simulated. */
  refuse?(what: string): void;
  /** Writes a report of an uncaught error. */
  report(text: string, error?: unknown): void;
  /**
   * The loop waits for something that the platform does not wait for by itself, a signal: until the function given back
   * is called, the process stays while the loop runs.
   */
  hold?(): () => void;
  /**
   * The run is alive until the function that is returned is called, and is told of signals of the process: of
   * `signals`, or of those that a run handles by default if that is null.
   */
  enterRun?(run: Interruptible, signals: readonly string[] | null): () => void;
}

/** What a signal of the process interrupts: a `run`, or a `Runner`. */
export interface Interruptible {
  /** The process has got the signal, and ends by it when the run is no longer alive. */
  interrupt(signal: string): void;
}
