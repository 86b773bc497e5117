import asyncio


async def fetch(name, seconds):
    await asyncio.sleep(seconds)
    return name


async def main():
    jobs = [fetch("slow", 3), fetch("fast", 1), fetch("medium", 2)]
    for next_one in asyncio.as_completed(jobs):
        print(await next_one)


asyncio.run(main())
