#!/usr/bin/env python3
"""Runs examples/python/*.py on CPython and writes what they print, and the seconds they take, to expected.ts.

    py=$(conformance/cpython.sh)
    $py examples/test/expected.py           write expected.ts
    $py examples/test/expected.py --check   fail if it would change

The event loop is asyncio's own; only its clock is virtual: it jumps to the next timer instead of waiting.
"""

import asyncio
import contextlib
import io
import itertools
import pathlib
import re
import runpy
import sys

HERE = pathlib.Path(__file__).parent
PROGRAMS = HERE.parent / "python"
TARGET = HERE / "expected.ts"

loops = []


class TimerHandle(asyncio.TimerHandle):
    """CPython leaves the order of equal deadlines to the heap; here, as in tsyncio, the first made is the first called."""

    count = itertools.count()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order = next(self.count)

    def __lt__(self, other):
        return (self._when, self.order) < (other._when, other.order)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.wait = self._selector.select
        self._selector.select = self.jump
        loops.append(self)

    def time(self):
        return self.now

    def jump(self, timeout):
        if timeout is None:
            raise SystemExit("the program waits for nothing")
        self.now += timeout
        return self.wait(0)


def execute(path):
    loops.clear()
    asyncio.set_event_loop(VirtualLoop())
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        runpy.run_path(str(path), run_name="__main__")
    return sum(loop.now for loop in loops), canonical(output.getvalue())


def canonical(text):
    """The repr of a task names addresses and files; a state is enough."""
    return re.sub(r"<Task (\w+) .*>", r"<Task \1>", text)


HEAD = """\
// What CPython prints for examples/python/*.py on a virtual clock. Written by expected.py: do not edit.

export interface Expected {
  /** Virtual seconds, of all the program's loops together. */
  seconds: number;
  output: string;
}

export const expected: Record<string, Expected> = {
"""


def entry(name, seconds, output):
    text = re.sub(r"[`\\]|\$\{", r"\\\g<0>", output)
    return f"  {name}: {{\n    seconds: {seconds:g},\n    output: `{text}`,\n  }},\n"


def main():
    asyncio.events.TimerHandle = TimerHandle
    asyncio.new_event_loop = asyncio.events.new_event_loop = asyncio.runners.events.new_event_loop = VirtualLoop
    programs = sorted(PROGRAMS.glob("*.py"))
    source = HEAD + "".join(entry(path.stem, *execute(path)) for path in programs) + "};\n"
    if "--check" not in sys.argv:
        TARGET.write_text(source, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != source:
        sys.exit(f"{TARGET} is not what CPython prints: run {pathlib.Path(__file__).name} without --check")
    print(f"{len(programs)} programs")


main()
