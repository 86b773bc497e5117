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


async def main():
    async for i in AsyncCounter(3):
        print(i)

    # Left early.
    async for i in AsyncCounter(100):
        if i == 1:
            break
    print("break:", i)


asyncio.run(main())
