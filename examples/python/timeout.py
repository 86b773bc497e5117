import asyncio


async def long_running_task(seconds):
    await asyncio.sleep(seconds)
    print(f"done after {seconds}")


async def main():
    try:
        async with asyncio.timeout(10) as deadline:
            await long_running_task(4)
            # Something came in: it may take longer.
            deadline.reschedule(deadline.when() + 5)
            await long_running_task(8)
            await long_running_task(8)
    except TimeoutError:
        print("The long operation timed out, but we've handled it.")
    print("expired:", deadline.expired())


asyncio.run(main())
