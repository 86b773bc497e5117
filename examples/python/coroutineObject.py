import asyncio


async def sleep():
    print("sleep 실행")
    await asyncio.sleep(1)
    return "완료"


async def main():
    coro = sleep()  # 코드가 실행되지 않고 코루틴 객체를 리턴하기만 함
    print(asyncio.iscoroutine(coro))
    print("아직 실행되지 않음")
    print(await coro)


asyncio.run(main())
