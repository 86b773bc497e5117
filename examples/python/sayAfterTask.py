import asyncio


async def say_after(delay, what):
    await asyncio.sleep(delay)
    print(what)


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    task1 = asyncio.create_task(say_after(1, "hello"))
    task2 = asyncio.create_task(say_after(2, "world"))

    print(f"started at {loop.time() - start:.2f}")

    await task1
    await task2

    print(f"finished at {loop.time() - start:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
