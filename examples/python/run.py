import asyncio


async def main():
    # your async code here
    return asyncio.get_running_loop()


first = asyncio.run(main())
second = asyncio.run(main(), debug=True)
print("a loop for each run:", first is not second)
print("closed:", first.is_closed(), second.is_closed())
print("debug:", first.get_debug(), second.get_debug())
