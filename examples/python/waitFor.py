import asyncio


async def work(seconds):
    await asyncio.sleep(seconds)
    return f"{seconds}초 작업의 결과"


async def main():
    # 3초 안에 끝나면 정상적인 결과 반환, 3초 초과시 TimeoutError 발생
    print(await asyncio.wait_for(work(2), timeout=3))
    try:
        print(await asyncio.wait_for(work(5), timeout=3))
    except TimeoutError:
        print("3초 초과: TimeoutError")


asyncio.run(main())
