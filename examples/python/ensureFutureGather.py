import asyncio


async def fetch(url, seconds):
    await asyncio.sleep(seconds)
    return len(url)


async def main():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    urls = [("https://www.google.co.kr/search?q=a", 3), ("https://www.google.co.kr/search?q=bb", 1)]

    # 태스크(퓨처) 객체를 리스트로 만듦
    futures = [asyncio.ensure_future(fetch(url, seconds)) for url, seconds in urls]
    # 결과를 한꺼번에 가져옴
    result = await asyncio.gather(*futures)
    print(result)
    print(f"실행 시간: {loop.time() - begin:.1f}초")


asyncio.run(main())
