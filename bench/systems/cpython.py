"""CPython's asyncio: its own idioms, its default (C) tasks, no eager tasks."""

import asyncio
import gc
import json
import statistics
import sys
import time

TASKS = 1_000


async def yields(times):
    for _ in range(times):
        await asyncio.sleep(0)
    return times


async def beneath(frames, times):
    if frames == 0:
        for _ in range(times):
            await asyncio.sleep(0)
        return times
    return await beneath(frames - 1, times)


async def trivial():
    return 1


async def once():
    await asyncio.sleep(0)
    return 1


def delays(count):
    state = 1
    for _ in range(count):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        yield (state >> 16) % 51


async def switch(count):
    return sum(await asyncio.gather(*(yields(count // TASKS) for _ in range(TASKS))))


async def spawn_join(count):
    done = 0
    for _ in range(count):
        done += await asyncio.create_task(trivial())
    return done


async def fanout(count):
    return sum(await asyncio.gather(*(once() for _ in range(count))))


async def call(count):
    done = 0
    for _ in range(count):
        done += await trivial()
    return done


async def closure(count):
    done = 0
    for i in range(count):
        async def one():
            return i - i + 1
        done += await one()
    return done


async def deep(count):
    return sum(await asyncio.gather(*(beneath(10, count // 100) for _ in range(100))))


async def queue(count):
    items = asyncio.Queue(100)

    async def produce():
        for _ in range(count):
            await items.put(1)

    async def consume():
        taken = 0
        for _ in range(count):
            taken += await items.get()
        return taken

    _, taken = await asyncio.gather(produce(), consume())
    return taken


async def timers(count):
    return len(await asyncio.gather(*(asyncio.sleep(ms / 1000) for ms in delays(count))))


async def cancel(count):
    ended = 0

    async def block(forever):
        nonlocal ended
        try:
            await forever
        finally:
            ended += 1

    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(block(loop.create_future())) for _ in range(count)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return ended


async def lock(count):
    one = asyncio.Lock()

    async def hold(times):
        for _ in range(times):
            async with one:
                await asyncio.sleep(0)
        return times

    return sum(await asyncio.gather(*(hold(count // 100) for _ in range(100))))


async def memory(count, probe):
    probe()
    gate = asyncio.Event()

    async def block():
        await gate.wait()
        return 1

    tasks = [asyncio.create_task(block()) for _ in range(count)]
    await asyncio.sleep(0)
    probe()
    gate.set()
    return sum(await asyncio.gather(*tasks))


PROGRAM = {
    "switch": switch,
    "spawn_join": spawn_join,
    "fanout": fanout,
    "call": call,
    "closure": closure,
    "deep": deep,
    "queue": queue,
    "timers": timers,
    "cancel": cancel,
    "lock": lock,
}


def measure_time(order):
    workload, count = order["workload"], order["count"]

    def run_once():
        begun = time.perf_counter()
        done = asyncio.run(PROGRAM[workload](count))
        if done != count:
            raise SystemExit(f"{workload}: {done} operations instead of {count}")
        return (time.perf_counter() - begun) * 1000

    warm = 0
    while warm < order["warmUp"] or warm == 0:
        warm += run_once()
    figures = []
    for _ in range(order["repeats"]):
        spent = runs = 0
        while spent < order["repeatAtLeast"]:
            spent += run_once()
            runs += 1
        figures.append(spent * 1e6 / (runs * count))
    return figures


def measure_heap(order):
    import tracemalloc

    readings = []

    def probe():
        gc.collect()
        readings.append(tracemalloc.get_traced_memory()[0])

    asyncio.run(memory(1_000, probe))
    readings.clear()
    tracemalloc.start(1)
    count = order["count"]
    if asyncio.run(memory(count, probe)) != count:
        raise SystemExit("memory: not all tasks ran")
    return [(readings[1] - readings[0]) / count]


if __name__ == "__main__":
    the_order = json.loads(sys.argv[1])
    the_figures = measure_heap(the_order) if the_order["workload"] == "memory" else measure_time(the_order)
    print(
        json.dumps(
            {"value": statistics.median(the_figures), "least": min(the_figures), "greatest": max(the_figures)}
        )
    )
