"use tsyncio";
/** Rows of React's: handlers in JSX. */

import {
  type ComponentProps,
  lazy,
  type MouseEvent,
  StrictMode,
  Suspense,
  useCallback,
  useLayoutEffect,
  useRef,
  useTransition,
  version,
} from "react";
import { createRoot } from "react-dom/client";
import { type Happening, handle } from "./handle.ts";
import { later, logOf } from "./log.ts";

const PREVENTED = ["begins", "click dispatched, prevented", "ends"];

/** React 19 waits for what a transition and an action return. */
const waits = Number.parseInt(version, 10) >= 19;

export const rows: Readonly<Record<string, readonly string[]>> = {
  "JSX: in place": PREVENTED,
  "JSX: by name": PREVENTED,
  "JSX: a member": PREVENTED,
  "JSX: useCallback": PREVENTED,
  "JSX: what a hook returns": PREVENTED,
  "JSX: spread": PREVENTED,
  "JSX: one of two": PREVENTED,
  "JSX: lazy": PREVENTED,
  "JSX: onSubmit": ["click dispatched", "begins", "submit dispatched, prevented", "ends"],
  ...(waits && {
    "JSX: a transition": ["begins", "pending", "click dispatched", "ends", "done"],
    "JSX: an action": ["click dispatched", "begins field", "submit dispatched, prevented", "ends"],
  }),
};

function Box({ name, ...rest }: { readonly name: string } & ComponentProps<"input">) {
  return (
    <label data-row={name}>
      <input type="checkbox" data-click {...rest} /> {name}
    </label>
  );
}

function useHandler() {
  return async (event: Happening) => await handle(event);
}

const members = {
  async listen(event: Happening): Promise<void> {
    await handle(event);
  },
};

const Lazy = lazy(async () => {
  await later();
  return { default: () => <Box name="JSX: lazy" onClick={handle} /> };
});

function Transition() {
  const [pending, start] = useTransition();
  const box = useRef<HTMLInputElement>(null);
  const was = useRef(false);
  useLayoutEffect(() => {
    if (was.current !== pending) logOf(box.current)(pending ? "pending" : "done");
    was.current = pending;
  }, [pending]);
  const begin = () =>
    start(async () => {
      logOf(box.current)("begins");
      await later();
      logOf(box.current)("ends");
    });
  return <Box name="JSX: a transition" ref={box} onClick={begin} />;
}

function Action() {
  const form = useRef<HTMLFormElement>(null);
  const act = async (data: FormData): Promise<void> => {
    logOf(form.current)(`begins ${data.get("text")}`);
    await later();
    logOf(form.current)("ends");
  };
  return (
    <form data-row="JSX: an action" ref={form} action={act}>
      <input name="text" defaultValue="field" />
      <button type="submit" data-click>
        JSX: an action
      </button>
    </form>
  );
}

function Rows() {
  const callback = useCallback(async (event: MouseEvent) => await handle(event), []);
  const handler = useHandler();
  const properties = { onClick: async (event: Happening) => await handle(event) };
  const asked = Object.keys(rows).length > 0;
  return (
    <>
      <Box
        name="JSX: in place"
        onClick={async (event) => {
          const log = logOf(event.currentTarget);
          event.preventDefault();
          log("begins");
          await later();
          log("ends");
        }}
      />
      <Box name="JSX: by name" onClick={handle} />
      <Box name="JSX: a member" onClick={members.listen} />
      <Box name="JSX: useCallback" onClick={callback} />
      <Box name="JSX: what a hook returns" onClick={handler} />
      <Box name="JSX: spread" {...properties} />
      <Box name="JSX: one of two" onClick={asked ? async (event) => await handle(event) : undefined} />
      <Suspense>
        <Lazy />
      </Suspense>
      <form
        data-row="JSX: onSubmit"
        onSubmit={async (event) => {
          await handle(event);
        }}
      >
        <button type="submit" data-click>
          JSX: onSubmit
        </button>
      </form>
      {waits && <Transition />}
      {waits && <Action />}
    </>
  );
}

export function render(element: Element): void {
  createRoot(element).render(
    <StrictMode>
      <Rows />
    </StrictMode>,
  );
}
