import { type Coroutine, type ExceptionContext, run } from "tsyncio";
import { expect, it } from "vitest";
import { watchedLoop } from "../../support.ts";

it("with TSYNCIO_DEBUG every coroutine of native syntax that never begins is reported, with its place", async () => {
  // Read when the first module in native syntax is loaded.
  Object.assign(globalThis, { TSYNCIO_DEBUG: true });
  const { main } = await import("./programs/neverAwaited.ts");
  const reports: ExceptionContext[] = [];
  await run(main() as unknown as Coroutine<unknown>, { loopFactory: () => watchedLoop(reports) });
  expect(reports.map(({ message }) => message.split(".")[0])).toEqual(
    ["declared", "method", "field", "member", "arrow"].map((name) => `coroutine ${name}() was never awaited`),
  );
  expect(reports[0]?.message).toContain("Write await declared(…), or createTask(declared(…)).");
  for (const { sourceTraceback } of reports) expect(sourceTraceback).toContain("neverAwaited.ts");
});
