/** Makes coroutines and does not await all of them. Prints what the loop's exception handler is told. */

import { coroutine, createTask, gather, getRunningLoop, iscoroutinefunction, run, sleep } from "tsyncio";

const save = coroutine(function* save(name: string) {
  yield* sleep(0.001);
  return name;
});
const load = coroutine(function* load(this: unknown, name: string) {
  return `${name} of ${String(this)}`;
});

function print(what: string, ...rest: unknown[]) {
  console.log(what, ...rest);
}

class Keeper {
  private coroutine: unknown;
  keep() {
    this.coroutine = save("kept by an object that is collected too");
    return this.coroutine;
  }
}

function* main() {
  const loop = getRunningLoop();
  loop.slowCallbackDuration = 60; // seconds: a busy machine is not what this program is about
  loop.setExceptionHandler((_loop, { message, sourceTraceback }) => {
    reported++;
    print(message, /at (\w+)/.exec(sourceTraceback ?? "")?.[1]);
  });
  // All of these are awaited, or closed.
  print(yield* save("yield*"));
  print(yield* createTask(save("a task")));
  print(...(yield* gather(save("gather"), save("of two"))));
  print(yield* load.call("me", "this"));
  save("closed").return("");
  const later = save("later");
  yield* sleep(0.01);
  print(yield* later);
  print(save.name, save.length, iscoroutinefunction(save), save("x").return("").done);

  function* forgets() {
    save("collected"); // oxlint-disable-line tsyncio/no-dropped-coroutine -- what the program is about
  }
  yield* forgets();
  // Its `this` leads to the coroutine, and stands in the stack of the call that made it.
  new Keeper().keep();
  for (let i = 0; i < 100 && reported < 2; i++) {
    globalThis.gc?.();
    yield* sleep(0.001);
  }
  print("end of main");
  kept = save("kept until the loop closes");
}

let reported = 0;
let kept: unknown;
await run(main());
console.log("awaited natively", await save("native"));

export { kept };
