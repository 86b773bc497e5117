// What CPython prints for examples/python/*.py on a virtual clock. Written by expected.py: do not edit.

export interface Expected {
  /** Virtual seconds, of all the program's loops together. */
  seconds: number;
  output: string;
}

export const expected: Record<string, Expected> = {
  asCompleted: {
    seconds: 3,
    output: `fast
medium
slow
`,
  },
  asyncFor: {
    seconds: 5,
    output: `0
1
2
break: 1
`,
  },
  asyncGenerator: {
    seconds: 4,
    output: `0
1
2
counter closed at 3
anext: 0 1
counter closed at 1
`,
  },
  asyncWith: {
    seconds: 1,
    output: `3
__aexit__ None
`,
  },
  awaitSum: {
    seconds: 5,
    output: `Task A: 1
Task A: 3
Task B: 1
Task B: 3
Task B: 6
3 6
5.00 seconds
`,
  },
  awaitables: {
    seconds: 4,
    output: `add: 1 + 2
코루틴: 3
add: 3 + 4
태스크: 7
퓨처: 11
결과가 있는 sleep: result
`,
  },
  callbacks: {
    seconds: 3,
    output: `3
2
1
0
closed: True
`,
  },
  cancellation: {
    seconds: 1.5,
    output: `cancel_me(): before sleep
cancel_me(): cancelled
cancel_me(): cleaned up
main(): cancel_me is cancelled now
cancelled: True
`,
  },
  comprehensions: {
    seconds: 14,
    output: `[0, 1, 2]
{0: 0, 1: 1, 2: 4}
{0, 1}
10
30
[1, 1, 1]
`,
  },
  coroutineObject: {
    seconds: 1,
    output: `True
아직 실행되지 않음
sleep 실행
완료
`,
  },
  createTask: {
    seconds: 3,
    output: `Task A: 1
Task B: 1
Task A: 3
Task B: 3
Task B: 6
3 6
3.00 seconds
`,
  },
  delivery: {
    seconds: 12,
    output: `A에게 배달완료!
A 식사 완료, 5시간 소요...
A 그릇 수거 완료
B에게 배달완료!
B 식사 완료, 3시간 소요...
B 그릇 수거 완료
C에게 배달완료!
C 식사 완료, 4시간 소요...
C 그릇 수거 완료
12.00
`,
  },
  deliveryGather: {
    seconds: 5,
    output: `A에게 배달완료!
B에게 배달완료!
C에게 배달완료!
B 식사 완료, 3시간 소요...
B 그릇 수거 완료
C 식사 완료, 4시간 소요...
C 그릇 수거 완료
A 식사 완료, 5시간 소요...
A 그릇 수거 완료
[5, 3, 4]
5.00
`,
  },
  deliveryTasks: {
    seconds: 3,
    output: `A에게 배달완료!
B에게 배달완료!
B 식사 완료, 1시간 소요...
B 그릇 수거 완료
A 식사 완료, 3시간 소요...
A 그릇 수거 완료
3.00
`,
  },
  ensureFutureGather: {
    seconds: 3,
    output: `[35, 36]
실행 시간: 3.0초
`,
  },
  fetchData: {
    seconds: 2,
    output: `Fetching data from site1.com
Fetching data from site2.com
Data fetched from site1.com
Data fetched from site2.com
['Data from site1.com', 'Data from site2.com']
Total time: 2.00 seconds
`,
  },
  gather: {
    seconds: 1,
    output: `['작업 0의 결과', '작업 1의 결과', '작업 2의 결과']
`,
  },
  gatherExceptions: {
    seconds: 5,
    output: `작업 0 완료
작업 2 완료
['작업 0의 결과', ValueError('작업 1 실패'), '작업 2의 결과']
작업 0 완료
예외 발생: 작업 1 실패
작업 2 완료
작업 0 완료
작업 2 취소됨
예외 발생: 작업 1 실패
`,
  },
  gatherTasks: {
    seconds: 1,
    output: `task1 완료
task2 완료
`,
  },
  generatorCoroutine: {
    seconds: 1,
    output: `Hello, 제너레이터
5
`,
  },
  getEventLoop: {
    seconds: 1,
    output: `Hello, world!
끝
closed: True
`,
  },
  hello: {
    seconds: 1,
    output: `Hello
World
`,
  },
  partial: {
    seconds: 1,
    output: `site1.com: retries=3
완료: site1.com
`,
  },
  queue: {
    seconds: 4,
    output: `worker-1 has slept for 1 seconds
worker-2 has slept for 2 seconds
worker-0 has slept for 4 seconds
worker-1 has slept for 3 seconds
worker-2 has slept for 2 seconds
3 workers slept in parallel for 4.00 seconds
`,
  },
  run: {
    seconds: 0,
    output: `a loop for each run: True
closed: True True
debug: False True
`,
  },
  sayAfterCoroutine: {
    seconds: 6,
    output: `started at 0.00
hello
world
finished at 3.00
started at 0.00
hello
world
finished at 3.00
`,
  },
  sayAfterTask: {
    seconds: 2,
    output: `started at 0.00
hello
world
finished at 2.00
`,
  },
  semaphore: {
    seconds: 3,
    output: `start site0.com
start site1.com
end site0.com
end site1.com
start site2.com
start site3.com
end site2.com
end site3.com
start site4.com
end site4.com
5 sites, 2 at a time: 3.00 seconds
`,
  },
  sleep: {
    seconds: 2,
    output: `시작
대기 완료
`,
  },
  taskGroup: {
    seconds: 3,
    output: `a done
b done
results: a b
c cancelled
errors: ['d failed']
`,
  },
  timeout: {
    seconds: 15,
    output: `done after 4
done after 8
The long operation timed out, but we've handled it.
expired: True
`,
  },
  wait: {
    seconds: 4,
    output: `Task 0 완료됨
<Task pending> 여전히 보류 중
<Task pending> 여전히 보류 중
<Task pending> 여전히 보류 중
<Task pending> 여전히 보류 중
Task 1 완료됨
Task 2 완료됨
Task 3 완료됨
Task 4 완료됨
`,
  },
  waitFor: {
    seconds: 5,
    output: `2초 작업의 결과
3초 초과: TimeoutError
`,
  },
};
