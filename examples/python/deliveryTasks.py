import asyncio


async def delivery(name, mealtime):
    print(f"delivered to {name}")
    await asyncio.sleep(mealtime)
    print(f"{name} has eaten, in {mealtime} hours")
    print(f"dishes collected from {name}")


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    task1 = asyncio.create_task(delivery("A", 3))
    task2 = asyncio.create_task(delivery("B", 1))

    await task1
    await task2
    print(f"{loop.time() - start:.2f}")


asyncio.run(main())
