import asyncio


async def delivery(name, mealtime):
    print(f"delivered to {name}")
    await asyncio.sleep(mealtime)
    print(f"{name} has eaten, in {mealtime} hours")
    print(f"dishes collected from {name}")
    return mealtime


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    result = await asyncio.gather(
        delivery("A", 5),
        delivery("B", 3),
        delivery("C", 4),
    )
    print(result)
    print(f"{loop.time() - start:.2f}")


asyncio.run(main())
