#!/usr/bin/env python3.15
"""Writes docs/asyncio-names.json: every public name of the asyncio that runs this.

    $(conformance/cpython.sh) scripts/asyncio-names.py && npm run format
"""

import asyncio
import asyncio.subprocess
import json
import pathlib
import sys
import warnings

DEPRECATED = {"DefaultEventLoopPolicy", "AbstractEventLoopPolicy"}
WINDOWS = ["IocpProactor", "ProactorEventLoop"]
WINDOWS_DEPRECATED = ["WindowsProactorEventLoopPolicy", "WindowsSelectorEventLoopPolicy"]
SUBPROCESS = ["PIPE", "STDOUT", "DEVNULL", "Process"]
BUILTINS = ["BaseExceptionGroup", "ExceptionGroup", "KeyboardInterrupt", "SystemExit"]

# Attributes that only an object has, or that the class does not show.
ATTRIBUTES = {
    "AbstractEventLoop": ["slow_callback_duration"],
    "Condition": ["acquire", "locked", "release"],
    "IncompleteReadError": ["expected", "partial"],
    "LimitOverrunError": ["consumed"],
    "subprocess.Process": ["pid", "stderr", "stdin", "stdout"],
}
# They have what AbstractEventLoop has.
LOOPS = {"BaseEventLoop", "EventLoop", "SelectorEventLoop"}


def public(cls):
    return {name for name in dir(cls) if not name.startswith("_")}


def main():
    warnings.simplefilter("ignore")
    hooks = sorted(name for name in asyncio.__all__ if name.startswith("_"))
    names = sorted(set(asyncio.__all__) - set(hooks) - DEPRECATED)
    classes = {name: getattr(asyncio, name) for name in names}
    classes = {name: cls for name, cls in classes.items() if isinstance(cls, type) and name not in LOOPS}
    members, bases = {}, {}
    for name, cls in [*classes.items(), ("subprocess.Process", asyncio.subprocess.Process)]:
        # Python's own bases, and those that asyncio names; mixins belong to the class.
        known = [base for base in cls.__mro__[1:] if base in classes.values() or not in_asyncio(base)]
        bases |= {name: base.__name__ for base in reversed(known) if base in classes.values()}
        inherited = set().union(*map(public, known))
        own = (public(cls) - inherited) | set(ATTRIBUTES.get(name, []))
        if own:
            members[name] = sorted(own)
    version = ".".join(map(str, sys.version_info[:3]))
    about = (f"What asyncio of CPython {version} has on Linux, written by scripts/asyncio-names.py. names is "
             "asyncio.__all__ without the hooks; members are the public methods, properties and attributes of its "
             "classes, without those of their bases. EventLoop, BaseEventLoop and SelectorEventLoop have what "
             "AbstractEventLoop has.")
    data = {"about": about, "names": names, "hooks": hooks, "windows": WINDOWS,
            "deprecated": sorted([*DEPRECATED, *WINDOWS_DEPRECATED]), "subprocess": SUBPROCESS,
            "builtins": BUILTINS, "members": members, "bases": bases}
    path = pathlib.Path(__file__).parent.parent / "docs" / "asyncio-names.json"
    path.write_text(json.dumps(data, indent=2) + "\n")


def in_asyncio(cls):
    return cls.__module__.partition(".")[0] in ("asyncio", "_asyncio")


main()
