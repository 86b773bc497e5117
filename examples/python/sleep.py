import asyncio


async def my_coroutine():
    print("시작")
    await asyncio.sleep(2)  # 2초 동안 대기
    print("대기 완료")


asyncio.run(my_coroutine())
