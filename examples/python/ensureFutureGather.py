import asyncio


async def fetch(url, seconds):
    await asyncio.sleep(seconds)
    return len(url)


async def main():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    urls = [("https://www.google.co.kr/search?q=a", 3), ("https://www.google.co.kr/search?q=bb", 1)]

    # makes a list of tasks, which are futures
    futures = [asyncio.ensure_future(fetch(url, seconds)) for url, seconds in urls]
    # gets all results at once
    result = await asyncio.gather(*futures)
    print(result)
    print(f"time: {loop.time() - begin:.1f} s")


asyncio.run(main())
