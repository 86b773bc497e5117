import asyncio


async def my_task(number):
    await asyncio.sleep(1)
    return f"result of job {number}"


async def main():
    tasks = [my_task(i) for i in range(3)]
    results = await asyncio.gather(*tasks)
    print(results)


asyncio.run(main())
