import asyncio


async def sleep():
    print("sleep runs")
    await asyncio.sleep(1)
    return "done"


async def main():
    coro = sleep()  # runs nothing: it only returns a coroutine object
    print(asyncio.iscoroutine(coro))
    print("nothing has run yet")
    print(await coro)


asyncio.run(main())
