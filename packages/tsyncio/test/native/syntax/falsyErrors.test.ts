"use tsyncio";
/** A block that is left by `Promise.reject()` has failed: a transaction must not be committed for it. */

import { run, sleep, TaskGroup } from "tsyncio";
import { expect, it } from "vitest";
import { rejection } from "../../support.ts";

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

it.each([undefined, null, 0, "", false])("await using is left with an error by %s", async (value) => {
  const transaction = new Transaction();
  const main = async () => {
    await using _ = transaction;
    await Promise.reject(value);
  };
  expect(await rejection(run(main()))).toBe(value);
  expect(transaction.log).toEqual([expect.stringMatching(/^rollback: TypeError: .* was thrown, which is no error$/)]);
});

it.each([undefined, null, 0, "", false])("a TaskGroup swallows no %s of its block", async (value) => {
  const main = async () => {
    await using group = new TaskGroup();
    group.createTask(sleep(0));
    throw value;
  };
  expect(String(await rejection(run(main())))).toContain("unhandled errors in a TaskGroup");
});
