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
coroutine: 3
add: 3 + 4
task: 7
future: 11
sleep with a result: result
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
nothing has run yet
sleep runs
done
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
    output: `delivered to A
A has eaten, in 5 hours
dishes collected from A
delivered to B
B has eaten, in 3 hours
dishes collected from B
delivered to C
C has eaten, in 4 hours
dishes collected from C
12.00
`,
  },
  deliveryGather: {
    seconds: 5,
    output: `delivered to A
delivered to B
delivered to C
B has eaten, in 3 hours
dishes collected from B
C has eaten, in 4 hours
dishes collected from C
A has eaten, in 5 hours
dishes collected from A
[5, 3, 4]
5.00
`,
  },
  deliveryTasks: {
    seconds: 3,
    output: `delivered to A
delivered to B
B has eaten, in 1 hours
dishes collected from B
A has eaten, in 3 hours
dishes collected from A
3.00
`,
  },
  ensureFutureGather: {
    seconds: 3,
    output: `[35, 36]
time: 3.0 s
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
    output: `['result of job 0', 'result of job 1', 'result of job 2']
`,
  },
  gatherExceptions: {
    seconds: 5,
    output: `job 0 done
job 2 done
['result of job 0', ValueError('job 1 failed'), 'result of job 2']
job 0 done
error: job 1 failed
job 2 done
job 0 done
job 2 cancelled
error: job 1 failed
`,
  },
  gatherTasks: {
    seconds: 1,
    output: `task1 done
task2 done
`,
  },
  generatorCoroutine: {
    seconds: 1,
    output: `Hello, world
5
`,
  },
  getEventLoop: {
    seconds: 1,
    output: `Hello, world!
the end
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
done: site1.com
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
    output: `begins
waited
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
    output: `Task 0 done
<Task pending> is still pending
<Task pending> is still pending
<Task pending> is still pending
<Task pending> is still pending
Task 1 done
Task 2 done
Task 3 done
Task 4 done
`,
  },
  waitFor: {
    seconds: 5,
    output: `result of a job of 2 s
more than 3 s: TimeoutError
`,
  },
};
