"use tsyncio";
/** What vitest moves above the imports stays native. */

import { hostname, platform } from "node:os";
import { sleep } from "tsyncio";
import { expect, test, vi } from "vitest";

vi.mock("node:os", async (original) => {
  const actual = await original<typeof import("node:os")>();
  return { ...actual, hostname: vi.fn(async () => "mocked") };
});

const { made } = vi.hoisted(() => ({ made: async () => "hoisted" }));

test("a module is mocked by an async function", async () => {
  expect(await hostname()).toBe("mocked");
  expect(hostname).toHaveBeenCalledOnce();
  expect(platform()).toBe(process.platform);
  expect(await made()).toBe("hoisted");
});

test("a spy stands before an async method", async () => {
  const service = {
    async double(n: number): Promise<number> {
      await sleep(0);
      return n * 2;
    },
  };
  const spy = vi.spyOn(service, "double");
  expect(await service.double(1)).toBe(2);
  spy.mockResolvedValueOnce(9);
  expect(await service.double(1)).toBe(9);
  spy.mockImplementation(async (n) => n * 3);
  expect(await service.double(1)).toBe(3);
  expect(spy).toHaveBeenCalledTimes(3);
});
