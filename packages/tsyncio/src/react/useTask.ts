/** A hook of React. */

import { useEffect, useInsertionEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import {
  type Coroutine,
  createTaskState,
  type Native,
  type TaskOutcome,
  type TaskSnapshot,
  type TaskState,
  type TaskStateOptions,
} from "tsyncio";
import { checkType } from "../base/checks.ts";
import { lazyOf } from "../base/lazy.ts";

/** What `useTask` returns. */
export interface UsedTask<A extends unknown[], T> extends TaskSnapshot<T> {
  /** Calls the function in a task. The same function in every render; its promise is never rejected. */
  readonly run: (...args: A) => Promise<TaskOutcome<T>>;
  /** Cancels the run that is under way, and the waiting ones. The same function in every render. */
  readonly cancel: () => Promise<void>;
}

/**
 * A task of the component, for event handlers and effects to run:
 *
 *     const search = useTask(function* (text: string) {
 *       yield* sleep(0.3); // the next key cancels this one
 *       return yield* find(text);
 *     });
 *     return <input onChange={(event) => search.run(event.target.value)} disabled={search.state === "failed"} />;
 *
 * `fn` is a `function*`, or in native syntax an async function; a run calls that of the last render. `mode` says what a
 * run does while another one is under way: `"restart"` (the default), `"drop"` or `"queue"`; that of the first render
 * counts. Unmounting cancels; so does hiding by `<Activity>`, and after that the task can be run again. A run of an
 * unmounted component does nothing: its outcome is `"dropped"`.
 */
export function useTask<A extends unknown[], T>(
  fn: (...args: A) => Coroutine<T> | Native<T>,
  options?: TaskStateOptions | null,
): UsedTask<A, T> {
  checkType(fn, "function", "useTask expects a coroutine function");
  const latest = useRef(fn);
  const unmounted = useRef(false);
  const [task] = useState(() => taskOf<A, T>(latest, unmounted, options));
  // Of insertion effects StrictMode makes no second round, in which the effects of children run before those of their
  // parents.
  useInsertionEffect(() => {
    latest.current = fn;
  });
  useInsertionEffect(() => {
    unmounted.current = false;
    return () => {
      unmounted.current = true;
    };
  }, []);
  useEffect(() => () => void task.cancel(), [task]);
  const snapshot = useSyncExternalStore(task.subscribe, task.getSnapshot, task.getSnapshot);
  return useMemo(() => ({ ...snapshot, run: task.run, cancel: task.cancel }), [snapshot, task]);
}

function taskOf<A extends unknown[], T>(
  latest: { readonly current: (...args: A) => Coroutine<T> | Native<T> },
  unmounted: { readonly current: boolean },
  options: TaskStateOptions | null | undefined,
): TaskState<A, T> {
  const state = createTaskState<A, T>((...args) => lazyOf(latest.current)(...args), options);
  const run = async (...args: A): Promise<TaskOutcome<T>> =>
    unmounted.current ? { state: "dropped" } : state.run(...args);
  return { ...state, run };
}
