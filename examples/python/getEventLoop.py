import asyncio


async def hello():
    print("Hello, world!")
    await asyncio.sleep(1)
    return "끝"


loop = asyncio.get_event_loop()  # 이벤트 루프를 얻음
print(loop.run_until_complete(hello()))  # hello가 끝날 때까지 기다림
loop.close()  # 이벤트 루프를 닫음
print("closed:", loop.is_closed())
