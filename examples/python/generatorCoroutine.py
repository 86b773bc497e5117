import asyncio
import types


@types.coroutine  # asyncio.coroutine until Python 3.10
def hello(name):
    print(f"Hello, {name}")
    yield from asyncio.sleep(1)
    return len(name)


@types.coroutine
def main():
    length = yield from hello("world")
    print(length)


async def entry():
    await main()


asyncio.run(entry())
