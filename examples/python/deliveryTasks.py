import asyncio


async def delivery(name, mealtime):
    print(f"{name}에게 배달완료!")
    await asyncio.sleep(mealtime)
    print(f"{name} 식사 완료, {mealtime}시간 소요...")
    print(f"{name} 그릇 수거 완료")


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    task1 = asyncio.create_task(delivery("A", 3))
    task2 = asyncio.create_task(delivery("B", 1))

    await task1
    await task2
    print(f"{loop.time() - start:.2f}")


asyncio.run(main())
