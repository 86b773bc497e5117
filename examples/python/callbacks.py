import asyncio


def count(loop, n):
    print(n)
    if n == 0:
        loop.stop()
    else:
        loop.call_later(1, count, loop, n - 1)


loop = asyncio.new_event_loop()
loop.call_soon(count, loop, 3)
loop.run_forever()
loop.close()
print("closed:", loop.is_closed())
