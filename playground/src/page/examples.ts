/** The programs to choose from: the files of playground/programs. */

import type { Clock } from "../protocol.ts";
import { currentLanguage } from "./language.ts";
import type { Language } from "./texts.ts";

export interface Example {
  /** Its file's, without the end; in links, too. */
  readonly name: string;
  readonly code: string;
  /** The one in which it is best looked at. */
  readonly clock: Clock;
}

interface Listed extends Record<Language, string> {
  readonly clock?: Clock;
}

const LISTED: Readonly<Record<string, Listed>> = {
  first: { en: "First program: two tasks", ko: "첫 프로그램: 태스크 두 개" },
  delivery: { en: "Delivery: one after the other", ko: "짜장면 배달: 하나씩", clock: "virtual" },
  deliveryTasks: { en: "Delivery: all at once", ko: "짜장면 배달: 동시에" },
  gather: { en: "gather: results in order", ko: "gather: 순서대로 모은 결과" },
  asyncGenerator: { en: "Async generator", ko: "비동기 제너레이터" },
  timeout: { en: "timeout: a deadline", ko: "timeout: 제한 시간" },
  taskGroup: { en: "TaskGroup: one task fails", ko: "TaskGroup: 태스크 하나가 실패할 때" },
  semaphore: { en: "Semaphore: at most two at a time", ko: "Semaphore: 한 번에 두 개까지" },
  workers: { en: "Queue: three workers", ko: "Queue: 작업자 셋" },
  rateLimiter: { en: "Rate limiter", ko: "요청 속도 제한" },
  philosophers: { en: "Dining philosophers (find a race)", ko: "식사하는 철학자들 (경쟁 상태 찾기)" },
  staleAnswer: { en: "Stale answer (find a race)", ko: "낡은 응답 (경쟁 상태 찾기)" },
  account: { en: "Lost money (find a race)", ko: "사라진 돈 (경쟁 상태 찾기)" },
  deadlock: { en: "Deadlock, and its report", ko: "교착 상태와 그 보고서", clock: "virtual" },
  generators: { en: "The same with generators", ko: "제너레이터로 쓴 프로그램" },
};

const files = import.meta.glob<string>("../../programs/*.ts", { query: "?raw", import: "default", eager: true });

export const EXAMPLES: readonly Example[] = Object.entries(LISTED).map(([name, { clock = "real" }]) => {
  const code = files[`../../programs/${name}.ts`];
  if (code === undefined) throw new Error(`there is no playground/programs/${name}.ts`);
  return { name, code, clock };
});

export function titleOf({ name }: Example): string {
  return LISTED[name]?.[currentLanguage()] ?? name;
}
