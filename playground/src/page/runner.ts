/** Has one program run at a time, each in a worker of its own. */

import type { Order, Told } from "../protocol.ts";
import { Sandbox, type Session } from "../sandbox/sandbox.ts";

export class Runner {
  private readonly sandbox: Promise<Sandbox>;
  /**
   * Has loaded its code already, so that a program begins at once. Null while one runs, which is to have the processor
   * for itself.
   */
  private spare: Promise<Session> | null = null;
  private current: Session | null = null;
  private runs = 0;

  /** `script` is the text of the worker. */
  constructor(script: Promise<string>) {
    this.sandbox = Sandbox.create(script);
    this.prepare();
  }

  /**
   * Ends the program that runs, and runs another. False if it was stopped before it began.
   *
   * @throws what `script` was rejected with.
   */
  async run(order: Order, listener: (told: Told) => void): Promise<boolean> {
    this.stop();
    const run = this.runs;
    this.prepare();
    const session = await (this.spare as Promise<Session>);
    if (run !== this.runs) return false;
    this.spare = null;
    this.current = session;
    session.run(order, listener);
    return true;
  }

  /** Ends the program, whatever it does. */
  stop(): void {
    this.runs++;
    this.current?.end();
    this.current = null;
  }

  /** Makes a worker for the next program. */
  prepare(): void {
    if (this.spare !== null) return;
    this.spare = this.sandbox.then((sandbox) => sandbox.begin());
    this.spare.catch(() => {}); // `run` throws it
  }
}
