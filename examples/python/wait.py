import asyncio


async def my_task(i):
    await asyncio.sleep(i)
    return f"Task {i} done"


async def main():
    # Python 3.11 and later want tasks here, no bare coroutines.
    tasks = [asyncio.ensure_future(my_task(i)) for i in range(5)]  # makes the list of jobs
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    # A Python set has no order.
    pending = sorted(pending, key=lambda task: task.get_name())

    for task in done:
        print(task.result())
    for task in pending:
        print(f"{task} is still pending")
    if pending:
        completed_later = await asyncio.gather(*pending)
        for task in completed_later:
            print(task)


asyncio.run(main())
