import asyncio


async def my_coroutine():
    print("begins")
    await asyncio.sleep(2)  # waits for 2 seconds
    print("waited")


asyncio.run(my_coroutine())
