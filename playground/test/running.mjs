// What the editor holds, run.
import assert from "node:assert/strict";

export async function aTypedProgramRuns({ playground }) {
  await playground.paste("");
  await playground.page.type('console.log("typed " + (1 + 1));');
  await playground.page.press("Enter", 2);
  await playground.prints(/typed 2/);
}

export async function anEndlessLoopIsStopped({ playground }) {
  await playground.paste('console.log("before"); for (;;);');
  await playground.press("run");
  await playground.prints(/before/);
  assert.equal(await playground.status(), "The program runs.");
  await playground.press("stop");
  await playground.says(/^Stopped/);
  assert.equal(await playground.page.evaluate("document.activeElement.id"), "run");
  await playground.paste('console.log("after");');
  await playground.press("run");
  await playground.prints(/after/);
  await playground.says(/^Finished/);
}

export async function aLoopThatPrintsIsStopped({ playground }) {
  await playground.paste('for (let i = 0; ; i++) console.log("line", i, "x".repeat(i % 100));');
  await playground.press("run");
  await playground.prints(/prints too much/);
  await playground.press("stop");
  await playground.says(/^Stopped/);
}

export async function tasksAreShownInRealTime({ playground, shot }) {
  await playground.choose("example", "first");
  await playground.press("run");
  await playground.page.becomes(
    "[...document.querySelectorAll('#timeline li')].some((e) => /Ann greet\\(\\)[\\s\\S]*waits for sleep\\(2\\)/.test(e.innerText))",
  );
  await playground.prints(/Hello, Bob!/);
  await playground.page.screenshot(shot("running"));
  await playground.says(/^Finished after 2\.\d\d s/);
  assert.deepEqual(await playground.tasks(), [
    "Task-1 main() has ended",
    "Ann greet() has ended",
    "Bob greet() has ended",
  ]);
}

export async function errorsAreOnTheirLines({ playground, shot }) {
  const cases = [
    ["const a: number = 1;\n\nconst b = ;", /SyntaxError: .*Unexpected token/, "line 3"],
    ['import { slep } from "tsyncio";\nslep();', /"tsyncio" has no export named slep/, "line 1"],
    ['// x\nimport fs from "node:fs";\nfs;', /no module "node:fs"/, "line 2"],
    ['const a = 1;\n\n\nthrow new RangeError("here");', /RangeError: here/, "line 4"],
    [
      '"use tsyncio";\nimport { run, sleep } from "tsyncio";\nasync function main(): Promise<void> {\n  await sleep(1);\n  null!.x;\n}\nawait run(main());',
      /TypeError: .*null/,
      "line 5",
    ],
    [
      '"use tsyncio";\nimport { sleep } from "tsyncio";\n\nasync function f() { for (const x in await sleep(1)) { delete await sleep(1); } }\nlet x; let x;',
      /SyntaxError/,
      "line 5",
    ],
    [
      'import { createTask, run, sleep } from "tsyncio";\nfunction* lost() {\n  yield* sleep(1);\n  throw new Error("unseen");\n}\nfunction* main() {\n  createTask(lost());\n  yield* sleep(2);\n}\nawait run(main());',
      /unseen/,
      "line 4",
    ],
  ];
  for (const [code, message, line] of cases) {
    await playground.paste(code);
    await playground.run();
    assert.match((await playground.output()).join("\n"), message, code);
    assert.deepEqual(await playground.errorLines(), [line], code);
    await playground.page.becomes("document.querySelectorAll('.cm-lint-marker-error').length === 1");
  }
  await playground.page.screenshot(shot("error"));
  await playground.page.click("#output .line");
  await playground.page.becomes("document.querySelector('.cm-activeLine')?.textContent.includes('unseen')");
}

export async function mistakesOfNewcomersAreExplained({ playground }) {
  const program = (text) =>
    `import { run, sleep } from "tsyncio";\nasync function main() {\n  ${text}\n}\nawait run(main());`;
  await playground.paste(program("await sleep(1);"));
  await playground.run();
  assert.match((await playground.output()).join("\n"), /got a Promise[\s\S]*"use tsyncio"/);
  await playground.paste(`"use tsyncio";\n${program("sleep(1);")}`);
  await playground.run();
  assert.match((await playground.output()).join("\n"), /A coroutine was dropped[\s\S]*Write await f\(\)/);
  await playground.paste("throw null;");
  await playground.run();
  assert.deepEqual(await playground.output(), ["thrown: null"]);
  assert.match(await playground.status(), /^Failed after/);
  await playground.paste("let x = ;");
  await playground.run();
  assert.equal(await playground.status(), "The program has not begun.");
}

export async function virtualTimeIsThatOfThePlatform({ playground }) {
  await playground.paste(
    [
      'import { fromPromise, run, sleep } from "tsyncio";',
      "const [date, time] = [Date.now(), performance.now()];",
      "await run(sleep(3600));",
      "await run(fromPromise(new Promise((resolve) => setTimeout(resolve, 60_000))));",
      "console.log((Date.now() - date) / 1000, Math.round((performance.now() - time) / 1000));",
    ].join("\n"),
  );
  await playground.run();
  assert.deepEqual(await playground.output(), ["3660 3660"]);
}

export async function typeScriptRuns({ playground }) {
  await playground.paste(
    [
      'import { type Coroutine, type Task, run, sleep, Queue } from "tsyncio";',
      "enum Colour { Red = 1, Green }",
      "interface Box<T> { readonly value: T }",
      "abstract class Base { constructor(protected readonly name: string) {} abstract hello(): string }",
      'class Child extends Base { override hello(): string { return "hello " + (this.name as string) } }',
      "const box = { value: 3 } satisfies Box<number>;",
      "function* main(): Coroutine<number> { yield* sleep(0); return box.value!; }",
      "console.log(Colour.Green, new Child('x').hello(), await run(main()), new Queue<Task<void>>(2).maxsize);",
    ].join("\n"),
  );
  await playground.run();
  assert.deepEqual(await playground.output(), ["2 hello x 3 2"]);
}
