import asyncio


async def job(name, seconds, fails=False):
    try:
        await asyncio.sleep(seconds)
        if fails:
            raise ValueError(f"{name} failed")
        print(f"{name} done")
        return name
    except asyncio.CancelledError:
        print(f"{name} cancelled")
        raise


async def main():
    async with asyncio.TaskGroup() as group:
        task1 = group.create_task(job("a", 1))
        task2 = group.create_task(job("b", 2))
    print("results:", task1.result(), task2.result())

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(job("c", 3))
            group.create_task(job("d", 1, fails=True))
    except* ValueError as errors:
        print("errors:", [str(error) for error in errors.exceptions])


asyncio.run(main())
