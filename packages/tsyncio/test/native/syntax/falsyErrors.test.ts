"use tsyncio";
/** A block that is left by `Promise.reject()` has failed: a transaction must not be committed for it. */

import { run, sleep, TaskGroup } from "tsyncio";
import { expect, it } from "vitest";

class Transaction {
  readonly log: unknown[] = [];

  async aenter() {
    return this;
  }

  async aexit(error: unknown) {
    this.log.push(error === null ? "commit" : `rollback: ${error}`);
  }

  async [Symbol.asyncDispose]() {
    await this.aexit(null);
  }
}

const values = [undefined, null, 0, "", false];

it.each(values)("await using is left with an error by %s", (value) => {
  const transaction = new Transaction();
  async function main() {
    try {
      await using _ = transaction;
      await Promise.reject(value);
    } catch (error) {
      transaction.log.push(error);
    }
  }
  const told = expect.stringMatching(/^rollback: TypeError: .* was thrown$/);
  return run(main()).then(() => expect(transaction.log).toEqual([told, value]));
});

it.each(values)("a TaskGroup swallows no %s of its block", (value) => {
  async function main() {
    try {
      await using group = new TaskGroup();
      group.createTask(sleep(0));
      throw value;
    } catch (error) {
      return String(error);
    }
  }
  return run(main()).then((text) => expect(text).toContain("unhandled errors in a TaskGroup"));
});
