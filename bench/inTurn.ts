/**
 * Servers beside each other, by one client that turns from one to the next several times a second: a machine that other
 * programs slow down for a second is slower for all.
 */

/** The connections to one server. */
export abstract class Client {
  /** What has been answered so far. */
  done = 0;
  /** What was sent and not answered yet. */
  protected missing = 0;
  /** Null while it goes on. */
  private ended: (() => void) | null = () => {};

  /** Sends, and again for each answer. */
  begin(): void {
    this.ended = null;
    this.sendFirst();
  }

  /** Resolves when the last answer is there. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  protected abstract sendFirst(): void;

  /** Returns whether more is to be sent. */
  protected answered(count: number): boolean {
    this.done += count;
    this.missing -= count;
    if (this.ended === null) return true;
    if (this.missing === 0) this.ended();
    return false;
  }
}

const SLICE = 0.25;

/** What is done in a second by each client, measured for `seconds` after the same time to warm up. */
export async function ratesInTurn(clients: readonly Client[], seconds: number): Promise<number[]> {
  await turns(clients, seconds);
  return turns(clients, seconds);
}

async function turns(clients: readonly Client[], seconds: number): Promise<number[]> {
  const all = clients.map((client) => ({ client, before: client.done, spent: 0 }));
  for (let slice = 0; slice * SLICE < seconds; slice += 1) {
    for (const one of slice % 2 === 0 ? all : all.toReversed()) {
      const begun = performance.now();
      one.client.begin();
      await new Promise((resolve) => setTimeout(resolve, SLICE * 1000));
      await one.client.end();
      one.spent += performance.now() - begun;
    }
  }
  return all.map(({ client, before, spent }) => ((client.done - before) * 1000) / spent);
}
