// The words that `npm run prose` holds: what is not written, and what is written instead. One word for one thing, in both
// languages.

const list = (flags, rows) => rows.map(([words, advice]) => ({ phrase: new RegExp(words, flags), advice }));
const word = (words) => `\\b(?:${words})\\b`;

export const english = list("giu", [
  [word("(?:gives?|giving|gave)(?! up)"), "returns, yields, passes, has"],
  [word("so\\s+many"), "at most N"],
  [word("(?:unless|if\\s+not|if\\s+none\\s+is)\\s+given"), "defaults to X"],
  [word("who|whom|whoever"), "the caller, the task, that which; a sentence of its own"],
  [word("nobody|no\\s+one"), "no task, no caller, nothing"],
  [word("somebody|someone|anybody|anyone|everybody|everyone"), "a task, the caller, every task"],
  [word("those\\s+(?:who|that\\s+wait)"), "the waiting tasks, the callers"],
  [word("for\\s+ever"), "forever"],
  [word("in\\s+vain"), "without effect"],
  [word("thereof|whereof|thereby|herein"), "of it, by it"],
  [word("no\\s+more\\s+than"), "at most N"],
  // One word for one thing.
  [word("canceled|canceling|cancelation"), "cancelled, cancelling, cancellation"],
  [word("co-routines?"), "coroutine"],
  [word("call-backs?"), "callback"],
  [word("dead-locks?"), "deadlock"],
  [word("time-outs?"), "timeout"],
  [word("back-pressure"), "backpressure"],
  [word("sub-process(?:es)?"), "subprocess"],
  [word("stacktraces?"), "stack trace"],
  [word("clean-ups?"), "cleanup"],
  [word("behaviors?"), "behaviour"],
]);

/** Korean has no word boundary that a regular expression knows: the longer word comes first. */
export const korean = list("gu", [
  ["인자(?!리)|아규먼트", "인수 (argument)"],
  ["파라미터", "매개변수 (parameter)"],
  ["에러", "오류 (error)"],
  ["캔슬|캔설", "취소 (cancellation)"],
  ["코루틴즈|코르틴", "코루틴 (coroutine)"],
  ["타스크|테스크", "태스크 (Task); 작업은 job, work"],
  ["이벤트루프", "이벤트 루프 (event loop)"],
  ["생성기", "제너레이터 (generator)"],
  ["프라미스", "프로미스 (promise)"],
  ["시간 제한|제한 ?시간|타임 아웃", "타임아웃 (timeout)"],
  ["대기열", "큐 (queue)"],
  ["쓰레드", "스레드 (thread)"],
  ["메세지", "메시지 (message)"],
  ["데드락|데드 락", "교착 상태 (deadlock)"],
  ["(?<!트)레이스|경쟁 조건", "경쟁 상태 (race)"],
  ["처리기", "핸들러 (handler)"],
  ["익스큐터", "실행기 (executor)"],
  ["디폴트", "기본값 (default)"],
  ["리턴", "반환 (return)"],
  ["돌려 ?(?:주|준|줄|줌|줍|받)", "반환한다, 받는다 (return)"],
  ["문맥", "컨텍스트 (context)"],
  ["트레이싱", "추적 (tracing)"],
  ["파이썬", "Python"],
  ["자바스크립트", "JavaScript"],
  ["잠금", "락 (lock)"],
  ["쓰레기 수집", "가비지 컬렉터 (garbage collector)"],
  ["누군가|누구|누가|아무도", "호출자, 태스크, 리스너: 사람이 아닌 것"],
  ["부르는 쪽|호출한 쪽|호출하는 쪽", "호출자 (caller)"],
]);

/** What has words of its own: data, and texts that others wrote. */
export const skipped = [
  { path: "conformance/cases/", why: "programs with traces of CPython" },
  { path: "scripts/lib/words.mjs", why: "the list itself" },
];

/** Where a word of the list is right: the text around it, and why. */
export const allowed = [
  { text: "visitor who", why: "a person" },
  { text: "member who", why: "a person" },
  { text: "user who", why: "a person" },
  { text: "courier who", why: "a person" },
  {
    text: '"nobody"',
    file: "packages/tsyncio/test/",
    why: "the name of a user, of a host, a default: data of programs",
  },
  { text: '"nobody"', file: "conformance/cli.test.ts", why: "the id of no case" },
  { text: "anybody?", file: "packages/tsyncio/test/io/network/", why: "what a program sends" },
  { text: "to nobody", file: "packages/tsyncio/test/io/network/", why: "what a program sends" },
  { text: '"canceled"', file: "packages/tsyncio/test/interop/fromPromise.test.ts", why: "the message of axios" },
  { text: "canceling statement due to user request", why: "the message of PostgreSQL" },
  { text: "`give`", file: "packages/tsyncio/test/iteration/native.test.ts", why: "the name of a variable" },
];
