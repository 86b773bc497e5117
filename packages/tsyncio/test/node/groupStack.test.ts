import { ExceptionGroup, TaskGroup } from "tsyncio";
import { expect, it } from "vitest";
import { errorOf, simulate } from "../support.ts";

it("the stack of a group names its members, which is all that a browser shows; its message stays", async () => {
  await simulate(function* () {
    const group = new TaskGroup();
    yield* group.aenter();
    group.createTask(
      (function* () {
        throw new RangeError("1/0");
      })(),
    );
    const error = (yield* errorOf(group.aexit(null))) as ExceptionGroup;
    expect(error.message).toBe("unhandled errors in a TaskGroup");
    expect(error.stack).toMatch(
      /^ExceptionGroup: unhandled errors in a TaskGroup \(1 sub-exception: RangeError: 1\/0\)\n +at /,
    );
  });
  const many = new ExceptionGroup(
    "many",
    [1, 2, 3, 4].map((i) => new Error(`e${i}\nsecond line`)),
  );
  const [part] = many.split((error) => String(error).includes("e3"));
  expect(part?.stack).toMatch(/^ExceptionGroup: many \(1 sub-exception: Error: e3\)\n +at /);
  expect(many.stack).toMatch(/^ExceptionGroup: many \(4 sub-exceptions: Error: e1, Error: e2, Error: e3, …\)\n/);
});
