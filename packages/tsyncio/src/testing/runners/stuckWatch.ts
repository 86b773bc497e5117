/** Notices that a loop is stuck forever in a process that the test runner keeps alive. */

import type { Future } from "../../kernel/future.ts";
import type { EventLoop } from "../../kernel/loop.ts";
import { Task } from "../../kernel/task.ts";
import { Condition } from "../../sync/condition.ts";
import { Event } from "../../sync/event.ts";
import { Lock } from "../../sync/lock.ts";
import { Queue } from "../../sync/queue.ts";
import { Semaphore } from "../../sync/semaphore.ts";
import { allTasks } from "../../tasks/allTasks.ts";

/** How often to look, in milliseconds, and how often nothing must have moved. */
const INTERVAL = 25;
const LOOKS = 4;

/** What a runner has open to talk to its workers. */
const RUNNERS = ["PipeWrap", "MessagePort", "TTYWrap", "CloseReq"];

/** Kept before a test could replace them. */
const { setTimeout, clearTimeout } = globalThis;

/** How many runs are watched: with two, each has timers that the other one takes for the program's. */
let watched = 0;

/**
 * Calls `stuck` when nothing can wake the loop any more, until the function that it returns is called. That is so when
 * all of its tasks wait for each other, or for what tasks must do (release a lock, set an event, put something into a
 * queue), and nothing is open in the process that could call back, besides what the runner had open when the watch
 * began. In doubt it is not stuck: the test's timeout comes in the end.
 */
export function watchForStuck(loop: EventLoop, stuck: () => void): () => void {
  if (typeof process.getActiveResourcesInfo !== "function") return () => {};
  watched++;
  const before = process.getActiveResourcesInfo();
  let looks = 0;
  const look = (): void => {
    const idle = watched === 1 && onlyOurs(before) && waitForEachOther(loop);
    looks = idle ? looks + 1 : 0;
    if (looks === LOOKS) {
      looks = 0;
      stuck();
    }
    timer = setTimeout(look, INTERVAL);
  };
  let timer = setTimeout(look, INTERVAL);
  return () => {
    watched--;
    clearTimeout(timer);
  };
}

function onlyOurs(before: readonly string[]): boolean {
  const now = process.getActiveResourcesInfo();
  return now.every((type) => {
    if (type === "Timeout") return count(now, type) === 1; // the one that has just called
    return RUNNERS.includes(type) && count(now, type) <= count(before, type);
  });
}

function count(types: readonly string[], type: string): number {
  return types.filter((one) => one === type).length;
}

function waitForEachOther(loop: EventLoop): boolean {
  for (const task of allTasks(loop)) if (task._waitsFor === null || !isOurs(task._waitsFor)) return false;
  return true;
}

function isOurs(future: Future<unknown>): boolean {
  if (future.done()) return false;
  if (future instanceof Task) return true;
  const owner = future._owner;
  const held = owner?.holders?.() ?? [];
  return PRIMITIVES.some((type) => owner instanceof type) || (held.length > 0 && held.every(isOurs));
}

const PRIMITIVES = [Condition, Event, Lock, Queue, Semaphore];
