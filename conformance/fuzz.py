#!/usr/bin/env python3.15
"""Small random programs that are all cancellation, each with CPython's trace.

    python3.15 fuzz.py --seed S --count N [-o OUT.jsonl.gz]

Case number i depends on S + i alone. An even seed makes a program of task groups
(g<seed>), an odd one a program of locks, queues, barriers and what waits for tasks
(p<seed>). Each program runs twice: as it is, and with eager tasks (the id ends in
"e"). The cases go to OUT, or to standard output as soon as they are there.

Where generate.py makes programs as a person could write them, these put as many
cancellations, groups and waits into one another as there is room for. Every task
says how often it has been asked to cancel, wherever it gets to.
"""

import argparse
import random
import sys

import oracle

CANCELLING = [".", ["current_task"], "cancelling"]
SAY = {"say": {"kind": "sync", "params": ["what"], "body": [["log", "$what", CANCELLING]]},
       "tell": {"kind": "sync", "params": ["what", "v"],
                "body": [["log", "$what", "$v", CANCELLING]]}}


class Program:
    """What both kinds of programs have. No statement runs twice: there are no loops."""

    budget = 26

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.tasks = ["t0"]     # those made so far, main first
        self.own = 0            # the number of the task whose function a statement is in
        self.mentioned = {"t0"}
        self.globals = []
        self.funcs = dict(SAY)
        self.serial = 0

    def make(self):
        self.funcs["main"] = {"kind": "async", "body": [
            ["set", "t0", ["current_task"]],
            ["try", self.block(0), [], None, [["call", "say", "main ends"], *self.last_words()]]]}
        tasks = [[name, None] for name in sorted(self.mentioned)]
        return {"globals": tasks + self.globals, "funcs": self.funcs}

    def last_words(self):
        return []

    def count(self):
        self.serial += 1
        return self.serial

    def delay(self):
        """Often none, often few ticks, so that things coincide, and now and then many."""
        how = self.r.random()
        if how < 0.4:
            return 0
        return self.r.randint(1, 4) if how < 0.7 else self.r.randint(1, 200)

    def block(self, depth):
        made = []
        for _ in range(self.r.randint(1, 5)):
            if self.budget <= 0:
                break
            self.budget -= 1
            made += self.statement(depth)
        return made or [["await", ["sleep", 0]]]

    def statement(self, depth):
        raise NotImplementedError

    def task(self, depth):
        """The name of a task, which is that of its variable, and its coroutine."""
        outer, self.own = self.own, len(self.tasks)
        name, function = self.mention(f"t{self.own}"), f"w{self.own}"
        self.tasks.append(name)
        self.function(function, depth)
        self.own = outer
        return name, ["coro", function]

    def mention(self, name):
        self.mentioned.add(name)
        return name

    def function(self, name, depth):
        self.funcs[name] = {"kind": "async", "body": [
            ["call", "say", "begins"],
            ["try", self.block(depth), [], None, [["call", "say", "ends"]]],
            ["return", name]]}

    # -- statements

    def sleep(self):
        return [["await", ["sleep", self.delay()]]]

    def say(self):
        return [["call", "say", self.count()]]

    def cancel_task(self):
        task = "$" + self.r.choice(self.tasks)
        cancel = [".", task, "cancel", f"m{self.r.randint(1, 9)}"]
        return [["if", task, [["log", "cancel", cancel]]]]

    def fail(self):
        return [["raise", ["exc", self.r.choice(["ErrA", "ValueError"])]]]

    def watched(self, what, body, ended=None):
        """The body, and a log of how it ended."""
        caught = [["call", "tell", what, "$e"], ["raise"]]
        return [["try", body, [[["BaseException"], "e", caught]], ended or [["call", "say", what]]]]

    def waited(self, what, awaitable):
        return self.watched(what, [["set", "v", ["await", awaitable]]],
                            [["call", "tell", what, "$v"]])

    def timeout(self, depth):
        return self.watched("timeout", [
            ["async_with", ["timeout", self.delay()], None, self.block(depth + 1)]])

    def protected(self, depth):
        how = self.r.choice(["finally", "CancelledError", "Exception"])
        body, then = self.block(depth + 1), self.block(depth + 1)
        if how == "finally":
            return [["try", body, [], None, [["call", "say", how], *then]]]
        return [["try", body, [[[how], "e", [["call", "tell", how, "$e"], *then]]]]]


class GroupProgram(Program):
    """Task groups in one another, whose children, and others, cancel them and each other."""

    def __init__(self, seed):
        super().__init__(seed)
        self.open = []          # groups whose block a statement is in, or that its task belongs to

    def statement(self, depth):
        k = self.r.random()
        if k < 0.28:
            return self.sleep()
        if k < 0.36:
            return self.say()
        if k < 0.46 and self.open:
            group = "$" + self.r.choice(self.open)
            return [["if", group, [[".", group, "cancel"]]]]
        if k < 0.54:
            return self.cancel_task()
        if k < 0.59:
            return self.fail()
        if depth >= 4:
            return self.sleep()
        if k < 0.70:
            return self.group(depth)
        if k < 0.86 and self.open:
            return self.child(depth)
        if k < 0.95:
            return self.protected(depth)
        return self.timeout(depth)

    def group(self, depth):
        name = f"g{self.count()}"
        self.globals.append([name, None])
        early = [[".", "$" + name, "cancel"]] if self.r.random() < 0.06 else []
        self.open.append(name)
        body = self.block(depth + 1)
        self.open.pop()
        return [["set", name, ["TaskGroup"]], *early,
                *self.watched(name, [["async_with", "$" + name, None, body]])]

    def child(self, depth):
        group = "$" + self.r.choice(self.open)
        name, coroutine = self.task(depth + 1)
        create = ["set", name, [".", group, "create_task", coroutine, {"name": name}]]
        return [["if", group, [
            ["try", [create], [[["RuntimeError"], "e", [["log", name, "$e"]]]]]]]]


class WaitProgram(Program):
    """Locks, an event, a queue, a barrier, and all that waits for tasks, under cancellation."""

    budget = 34

    def __init__(self, seed):
        super().__init__(seed)
        self.globals += [["L", ["Lock"]], ["S", ["Semaphore", 2]], ["D", ["BoundedSemaphore", 1]],
                         ["C", ["Condition"]], ["E", ["Event"]], ["Q", ["Queue", 1]],
                         ["B", ["Barrier", 2]]]

    def last_words(self):
        states = [["L", "locked"], ["S", "locked"], ["D", "locked"], ["C", "locked"],
                  ["E", "is_set"], ["Q", "qsize"], ["B", "n_waiting"], ["B", "broken"]]
        return [["log", "state", *[[".", "$" + name, state] for name, state in states]]]

    def statement(self, depth):
        r, k = self.r, self.r.random()
        if k < 0.16:
            return self.sleep()
        if k < 0.19:
            return self.say()
        if k < 0.27:
            return self.cancel_task()
        if k < 0.29:
            return self.fail()
        if k < 0.33:
            return self.call("acquire", r.choice("LSDC"))
        if k < 0.37:
            return self.call("release", r.choice("LSDC"))
        if k < 0.39:
            return self.call("wait", "E")
        if k < 0.42:
            return self.call(r.choice(["set", "clear"]), "E")
        if k < 0.45:
            return self.call("notify", "C", r.choice([1, 2, 99]))
        if k < 0.48:
            return self.call("put", "Q", r.randint(1, 9))
        if k < 0.51:
            return self.call("get", "Q")
        if k < 0.55:
            name = r.choice(["put_nowait", "get_nowait", "task_done", "join"])
            return self.call(name, "Q", *([r.randint(1, 9)] if name == "put_nowait" else []))
        if k < 0.555:
            return self.call("shutdown", "Q", r.random() < 0.5)
        if k < 0.58:
            return self.call("wait", "B")
        if k < 0.59:
            return self.call(r.choice(["reset", "abort"]), "B")
        if k < 0.64:
            return self.await_task()
        if k < 0.66:
            return self.wait_for_tasks()
        if depth >= 4:
            return self.sleep()
        if k < 0.78:
            return self.spawn(depth)
        if k < 0.83:
            name = r.choice("LSDC")
            body = [["call", "say", "in " + name], *self.block(depth + 1)]
            return self.watched("out of " + name, [["async_with", "$" + name, None, body]])
        if k < 0.85:
            body = self.call("wait", "C") + (self.block(depth + 1) if r.random() < 0.3 else [])
            return self.watched("condition", [["async_with", "$C", None, body]])
        if k < 0.94:
            return self.protected(depth)
        if k < 0.96:
            return self.timeout(depth)
        if k < 0.98:
            limit = -3 if r.random() < 0.1 else self.delay()
            return self.waited("wait_for", ["wait_for", self.part(depth), limit])
        parts = ["list", *[self.part(depth) for _ in range(r.randint(1, 3))]]
        return self.waited("gather", ["gather", parts, {"return_exceptions": r.random() < 0.5}])

    def call(self, method, name, *args):
        call = [".", "$" + name, method, *args]
        if method in ("acquire", "put", "get", "join", "wait", "reset", "abort"):
            return self.waited(f"{name}.{method}", call)
        return [["try", [["log", f"{name}.{method}", call]],
                 [[["Exception"], "e", [["log", f"{name}.{method}", "$e"]]]]]]

    def later(self):
        """A task that is made later than this one, if ever: no task waits for itself in a circle."""
        return "$" + self.mention(f"t{self.own + self.r.randint(1, 4)}")

    def await_task(self):
        task = self.later()
        how = self.r.choice(["await", "shield"])
        return [["if", task, self.waited(how, task if how == "await" else [how, task])]]

    def wait_for_tasks(self):
        tasks = ["compact", *[self.later() for _ in range(self.r.randint(1, 3))]]
        options = {"return_when": self.r.choice(
            ["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"])}
        if self.r.random() < 0.5:
            options["timeout"] = self.delay()
        return [["set", "ts", tasks], ["if", "$ts", self.waited("wait", ["wait", "$ts", options])]]

    def spawn(self, depth):
        name, coroutine = self.task(depth + 1)
        return [["set", name, ["create_task", coroutine, {"name": name}]]]

    def part(self, depth):
        name = f"part{self.count()}"
        self.function(name, depth + 1)
        return ["coro", name]


def cases(seed):
    """Both runs of a program, or none if it meets an open fault of CPython."""
    kind, program = ("p", WaitProgram(seed).make()) if seed % 2 else ("g", GroupProgram(seed).make())
    made = []
    for eager in (False, True):
        case = {"id": f"{kind}{seed}" + "e" * eager,
                "program": {"eager": True, **program} if eager else program}
        result = oracle.execute(case["program"])
        if any(flag.startswith("gh-") for flag in result.flags):
            return []
        assert not result.flags - {"late-events"}, (case, result.flags)
        made.append({**case, "trace": result.trace})
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("-o", "--out")
    args = parser.parse_args()
    oracle.be_quiet()
    with oracle.open_text(args.out, "w") if args.out else sys.stdout as out:
        made, seed = 0, args.seed
        while made < args.count:
            found = cases(seed)
            for case in found:
                out.write(oracle.dump(case) + "\n")
            out.flush()
            made += len(found) > 0
            seed += 1


if __name__ == "__main__":
    main()
