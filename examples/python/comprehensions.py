import asyncio


class AsyncCounter:
    def __init__(self, stop):
        self.current = 0
        self.stop = stop

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.current < self.stop:
            await asyncio.sleep(1.0)
            r = self.current
            self.current += 1
            return r
        raise StopAsyncIteration


async def squares(stop):
    async for i in AsyncCounter(stop):
        yield i, i * i


async def async_one():
    return 1


async def main():
    a = [i async for i in AsyncCounter(3)]
    print(a)  # [0, 1, 2]

    b = {key: value async for key, value in squares(3)}
    print(b)  # {0: 0, 1: 1, 2: 4}

    c = {i % 2 async for i in AsyncCounter(4)}
    print(c)  # {0, 1}

    d = (i * 10 async for i in AsyncCounter(4) if i % 2)
    async for value in d:
        print(value)  # 10, 30

    coroutines = [async_one, async_one, async_one]
    e = [await co() for co in coroutines]
    print(e)  # [1, 1, 1]


asyncio.run(main())
