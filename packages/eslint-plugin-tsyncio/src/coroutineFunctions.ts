/**
 * The functions of tsyncio's entry points, and the methods of its classes, whose calls return coroutines: nothing of
 * them runs at the call.
 */

const tsyncio = [
  "anext",
  "asyncFor",
  "asyncWith",
  "fromPromise",
  "sleep",
  "toArray",
  "toMap",
  "toSet",
  "toThread",
  "wait",
  "waitFor",
];

const net = [
  "connectAcceptedSocket",
  "connectReadPipe",
  "connectWritePipe",
  "createConnection",
  "createDatagramEndpoint",
  "createServer",
  "createSubprocessExec",
  "createSubprocessShell",
  "createUnixConnection",
  "createUnixServer",
  "getaddrinfo",
  "getnameinfo",
  "openConnection",
  "openStderr",
  "openStdin",
  "openStdout",
  "openUnixConnection",
  "sendfile",
  "startServer",
  "startTls",
  "startUnixServer",
  "subprocessExec",
  "subprocessShell",
];

export const COROUTINE_FUNCTIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["tsyncio", new Set(tsyncio)],
  ["tsyncio/net", new Set(net)],
  ["tsyncio/testing", new Set(["advance", "waitAllTasksBlocked"])],
]);

const queue = new Set(["get", "join", "put"]);

/** Of the classes that programs make objects of. */
export const COROUTINE_METHODS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Barrier", new Set(["abort", "reset", "wait"])],
  ["BoundedSemaphore", new Set(["acquire"])],
  ["Condition", new Set(["acquire", "wait", "waitFor"])],
  ["Event", new Set(["wait"])],
  ["LifoQueue", queue],
  ["Lock", new Set(["acquire"])],
  ["PriorityQueue", queue],
  ["Queue", queue],
  ["Semaphore", new Set(["acquire"])],
]);
