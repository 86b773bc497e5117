import asyncio
import functools


def download(url, *, retries, future):
    print(f"{url}: retries={retries}")
    future.set_result(url)


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    # call_later, as run_in_executor, passes positional arguments only.
    loop.call_later(1, functools.partial(download, "site1.com", retries=3, future=future))
    print("done:", await future)


asyncio.run(main())
