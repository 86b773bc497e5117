import asyncio


async def hello():
    print("Hello, world!")
    await asyncio.sleep(1)
    return "the end"


loop = asyncio.get_event_loop()  # gets an event loop
print(loop.run_until_complete(hello()))  # waits until hello has ended
loop.close()  # closes the event loop
print("closed:", loop.is_closed())
