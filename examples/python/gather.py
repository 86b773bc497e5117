import asyncio


async def my_task(number):
    await asyncio.sleep(1)
    return f"작업 {number}의 결과"


async def main():
    tasks = [my_task(i) for i in range(3)]
    results = await asyncio.gather(*tasks)
    print(results)


asyncio.run(main())
