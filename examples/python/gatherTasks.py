import asyncio


async def task1():
    # something that waits
    await asyncio.sleep(1)
    print("task1 done")


async def task2():
    # something else that waits
    await asyncio.sleep(1)
    print("task2 done")


async def main():
    await asyncio.gather(task1(), task2())  # runs task1 and task2 at the same time


asyncio.run(main())
