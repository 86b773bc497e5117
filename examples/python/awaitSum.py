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
    result1 = await sum("A", [1, 2])  # 여기서 끝날 때까지 대기
    result2 = await sum("B", [1, 2, 3])  # A 끝난 후 실행 시작
    print(result1, result2)
    print(f"{loop.time() - start:.2f} seconds")


asyncio.run(main())
