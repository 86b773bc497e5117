import asyncio


async def add(a, b):
    print(f"add: {a} + {b}")
    await asyncio.sleep(1.0)
    return a + b


async def main():
    print("coroutine:", await add(1, 2))

    task = asyncio.create_task(add(3, 4))
    print("task:", await task)

    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(1, future.set_result, 11)
    print("future:", await future)

    print("sleep with a result:", await asyncio.sleep(1, "result"))


asyncio.run(main())
