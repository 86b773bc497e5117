import asyncio


async def delivery(name, mealtime):
    print(f"delivered to {name}")
    await asyncio.sleep(mealtime)
    print(f"{name} has eaten, in {mealtime} hours")
    print(f"dishes collected from {name}")


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    await delivery("A", 5)
    await delivery("B", 3)
    await delivery("C", 4)
    print(f"{loop.time() - start:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
