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
    task1 = asyncio.create_task(sum("A", [1, 2]))
    task2 = asyncio.create_task(sum("B", [1, 2, 3]))

    result1 = await task1
    result2 = await task2
    print(result1, result2)
    print(f"{loop.time() - start:.2f} seconds")


asyncio.run(main())
