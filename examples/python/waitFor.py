import asyncio


async def work(seconds):
    await asyncio.sleep(seconds)
    return f"result of a job of {seconds} s"


async def main():
    # returns the result within 3 seconds, throws TimeoutError after
    print(await asyncio.wait_for(work(2), timeout=3))
    try:
        print(await asyncio.wait_for(work(5), timeout=3))
    except TimeoutError:
        print("more than 3 s: TimeoutError")


asyncio.run(main())
