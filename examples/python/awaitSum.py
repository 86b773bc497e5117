import asyncio


async def sum(name, numbers):
    total = 0
    for number in numbers:
        await asyncio.sleep(1)
        total += number
        print(f"Task {name}: {total}")
    return total


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    result1 = await sum("A", [1, 2])  # waits here until it has ended
    result2 = await sum("B", [1, 2, 3])  # begins when A has ended
    print(result1, result2)
    print(f"{loop.time() - start:.2f} seconds")


asyncio.run(main())
