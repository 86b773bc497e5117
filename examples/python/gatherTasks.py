import asyncio


async def task1():
    # 어떤 비동기 작업
    await asyncio.sleep(1)
    print("task1 완료")


async def task2():
    # 다른 비동기 작업
    await asyncio.sleep(1)
    print("task2 완료")


async def main():
    await asyncio.gather(task1(), task2())  # task1과 task2를 동시에 실행


asyncio.run(main())
