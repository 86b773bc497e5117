"use tsyncio";

import { createTask, gather, sleep } from "tsyncio";
import { instrument, span, withSpan } from "tsyncio/otel";
import { expect, it } from "vitest";
import { elsewhere, Sdk } from "../otel/support.ts";

it("spans are blocks by await using, and calls by withSpan, in native syntax", async () => {
  using sdk = new Sdk();
  using _instrumentation = instrument({ tasks: (task) => task.getName() === "prefetch", metrics: false });
  const user = async (id: number) => {
    await using scope = span("user", { attributes: { id } });
    await sleep(0.001);
    elsewhere(`query ${id}`);
    scope.span.addEvent("found");
    return id;
  };
  const found = await withSpan("page", async (page) => {
    page.setAttribute("path", "/");
    const prefetch = createTask(sleep(0.01), { name: "prefetch" });
    const users = await gather(user(1), user(2));
    await prefetch;
    return users;
  });
  expect(found).toEqual([1, 2]);
  expect(sdk.tree().sort()).toEqual([
    "page",
    "page > prefetch",
    "page > user",
    "page > user",
    "user > query 1",
    "user > query 2",
  ]);
  expect(sdk.ended.find(({ name }) => name === "user")?.events.map(({ name }) => name)).toEqual(["found"]);
});

it("a block that fails, or is cancelled, ends its span, and the error goes on", async () => {
  using sdk = new Sdk();
  const fails = async () => {
    await using _ = span("fails");
    await sleep(0);
    throw new TypeError("wrong");
  };
  await expect(fails()).rejects.toThrow(TypeError);
  const waits = async () => {
    await using _ = span("waits");
    await sleep(1000);
  };
  const task = createTask(waits());
  await sleep(0.001);
  task.cancel();
  await expect(task).rejects.toThrow();
  expect(sdk.span("fails").events.length).toBe(1);
  expect(sdk.span("waits").attributes).toEqual({ "tsyncio.cancelled": true });
  expect(sdk.open).toEqual([]);
});
