// Every example prints on tsyncio what its Python twin prints on CPython, and takes as many seconds: see
// test/expected.py.
import { type Coroutine, type EventLoop, type RunnerOptions, run, setEventLoop, virtualLoop } from "tsyncio";
import { afterEach, describe, expect, it, vi } from "vitest";
import { expected } from "./test/expected.ts";
import * as generatorForm from "./test/generatorForm.ts";
import * as nativeForm from "./test/nativeForm.ts";
import { printed } from "./test/repr.ts";

interface Example {
  /** A coroutine to run. */
  main?: () => Coroutine<unknown> | Promise<unknown>;
  /** Python's name of it, where the program has a `main` that is none. */
  entry?: () => Promise<unknown>;
  /** Instead of it: the whole program, which makes its loops itself. */
  program?: (options: RunnerOptions) => Promise<void>;
}

const forms: Record<string, Record<string, Example>> = {
  "in native syntax": nativeForm,
  "as generators": generatorForm,
};

/** How often a program runs its coroutine, if not once. */
const times: Record<string, number> = { sayAfterCoroutine: 2 };

afterEach(() => {
  vi.restoreAllMocks();
  setEventLoop(null);
});

describe.each(Object.keys(forms))(
  "%s, on a virtual clock an example prints what CPython prints, in as many seconds",
  (form) => {
    const examples = forms[form] as Record<string, Example>;
    it.each(Object.keys(examples))("%s", async (name) => {
      expect(await execute(examples[name] as Example, times[name])).toEqual(expected[name]);
    });
  },
);

describe("the list of examples", () => {
  it("has a Python twin for each", () => {
    expect(Object.keys(generatorForm).sort()).toEqual(Object.keys(expected).sort());
  });
});

async function execute({ program, entry, main = entry }: Example, times = 1) {
  let output = "";
  vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    output += `${printed(values)}\n`;
  });
  const loops: EventLoop[] = [];
  const loopFactory = () => {
    const loop = virtualLoop();
    loops.push(loop);
    return loop;
  };
  if (program !== undefined) {
    setEventLoop(loopFactory()); // for getEventLoop()
    await program({ loopFactory });
  } else {
    for (let i = 0; i < times; i++) await run((main as NonNullable<typeof main>)(), { loopFactory });
  }
  return { seconds: loops.reduce((sum, loop) => sum + loop.time(), 0), output };
}
