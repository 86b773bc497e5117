import asyncio


async def worker(name, queue):
    while True:
        seconds = await queue.get()
        await asyncio.sleep(seconds)
        queue.task_done()
        print(f"{name} has slept for {seconds} seconds")


async def main():
    queue = asyncio.Queue()
    for seconds in [4, 1, 2, 3, 2]:
        queue.put_nowait(seconds)

    loop = asyncio.get_running_loop()
    started = loop.time()
    workers = [asyncio.create_task(worker(f"worker-{i}", queue)) for i in range(3)]
    await queue.join()
    print(f"3 workers slept in parallel for {loop.time() - started:.2f} seconds")

    for task in workers:
        task.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


asyncio.run(main())
