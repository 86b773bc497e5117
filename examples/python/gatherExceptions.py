import asyncio


async def my_task(number):
    try:
        await asyncio.sleep(number)
        if number == 1:
            raise ValueError(f"job {number} failed")
        print(f"job {number} done")
        return f"result of job {number}"
    except asyncio.CancelledError:
        print(f"job {number} cancelled")
        raise


async def main():
    # return_exceptions=True: errors stand in the list.
    print(await asyncio.gather(*[my_task(i) for i in range(3)], return_exceptions=True))

    # The default: the first error is raised, and the other tasks go on.
    try:
        await asyncio.gather(*[my_task(i) for i in range(3)])
    except ValueError as error:
        print(f"error: {error}")
    await asyncio.sleep(1)

    # What the note describes, that the other tasks are cancelled, takes more in Python.
    tasks = [asyncio.create_task(my_task(i)) for i in range(3)]
    try:
        await asyncio.gather(*tasks)
    except ValueError as error:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        print(f"error: {error}")


asyncio.run(main())
