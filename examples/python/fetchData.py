import asyncio


async def fetch_data(url):
    print(f"Fetching data from {url}")
    await asyncio.sleep(2)  # stands for a request
    print(f"Data fetched from {url}")
    return f"Data from {url}"


async def main():
    loop = asyncio.get_event_loop()
    start = loop.time()
    results = await asyncio.gather(
        fetch_data("site1.com"),
        fetch_data("site2.com"),
    )
    print(results)
    print(f"Total time: {loop.time() - start:.2f} seconds")


asyncio.run(main())
