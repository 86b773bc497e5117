import asyncio


async def fetch(session, url):
    async with session:
        print(f"start {url}")
        await asyncio.sleep(1)
        print(f"end {url}")


async def main():
    session = asyncio.Semaphore(2)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await asyncio.gather(*[fetch(session, f"site{i}.com") for i in range(5)])
    print(f"5 sites, 2 at a time: {loop.time() - start:.2f} seconds")


asyncio.run(main())
