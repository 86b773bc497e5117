import asyncio


async def async_counter(stop):
    n = 0
    try:
        while n < stop:
            yield n
            n += 1
            await asyncio.sleep(1.0)
    finally:
        print(f"counter closed at {n}")


async def main():
    async for i in async_counter(3):
        print(i)

    counter = async_counter(100)
    print("anext:", await anext(counter), await anext(counter))
    await counter.aclose()


asyncio.run(main())
