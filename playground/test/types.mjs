// Type help: TypeScript in a worker of the page, loaded when the user asks for it.
import assert from "node:assert/strict";
import { Playground } from "./playground.mjs";

const CONTROL = 2;
const SCRIPT = /types-[\w-]+\.js$/;

/** Of the user's browser, which remembers it. */
async function withTypes(open, url, use) {
  const playground = await Playground.open(open, url);
  await playground.press("types");
  await playground.typesSay(/^No type errors/);
  try {
    return await use(playground);
  } finally {
    if ((await playground.page.evaluate("document.querySelector('#types').ariaPressed")) === "true") {
      await playground.press("types");
    }
    await playground.page.close();
  }
}

export async function typeHelpIsLoadedWhenTheUserAsks({ open, url, requests }) {
  requests.length = 0;
  const loaded = () => requests.filter(({ path }) => SCRIPT.test(path));
  await withTypes(open, url, async ({ page }) => {
    assert.equal(loaded().length, 1);
    console.log(`  type help: ${(loaded()[0].bytes / 1024).toFixed(0)} KiB, compressed`);
    // The user's choice is remembered.
    await page.go("about:blank");
    await page.go(url);
    await page.becomes("document.querySelector('#types-status')?.textContent === 'No type errors.'");
  });
  requests.length = 0;
  const playground = await Playground.open(open, url);
  await playground.run();
  assert.equal(await playground.page.evaluate("document.querySelector('#types').ariaPressed"), "false");
  assert.deepEqual(loaded(), []);
  await playground.page.close();
}

export async function typeErrorsAreOnTheirLines({ open, url, shot }) {
  await withTypes(open, url, async (playground) => {
    await playground.paste('import { sleep } from "tsyncio";\n\nsleep("1");\nconst n: number = "two";\nn;');
    await playground.typesSay(/^2 type errors, the first on line 3/);
    assert.deepEqual(await playground.marks(), [
      [3, '"1"'],
      [4, "n"],
    ]);
    await playground.page.point(".cm-lintRange-error", '"1"');
    await playground.page.becomes(
      "/not assignable to parameter of type 'number'.*TS2345/s.test(document.querySelector('.cm-tooltip-lint')?.textContent)",
    );
    await playground.page.screenshot(shot("types"));
    assert.deepEqual(await playground.violations(), []);
    // Errors of a run and of types stay apart.
    await playground.paste('const n: number = "two";\nthrow new Error(String(n));');
    await playground.typesSay(/^One type error, on line 1/);
    await playground.run();
    assert.deepEqual(
      (await playground.marks()).map(([line]) => line),
      [1, 2],
    );
    await playground.press("types");
    assert.deepEqual(
      (await playground.marks()).map(([line]) => line),
      [2],
    );
    assert.equal(await playground.page.evaluate("document.querySelector('#types-status').textContent"), "");
  });
}

export async function everyExampleHasTheTypesOfItsSyntax({ open, url }) {
  await withTypes(open, url, async (playground) => {
    for (const example of await playground.examples()) {
      await playground.paste("const wrong: number = '';");
      await playground.typesSay(/^One type error/);
      await playground.choose("example", example);
      await playground.typesSay(/^(?:No type errors|.* type error)/);
      await playground.page.becomes(
        "!/^One type error, on line 1/.test(document.querySelector('#types-status').textContent)",
      );
      assert.equal(
        await playground.page.evaluate("document.querySelector('#types-status').textContent"),
        "No type errors.",
        example,
      );
    }
    const program =
      'import { createTask, run } from "tsyncio";\nasync function f() { return 1; }\nfunction* main() { createTask(f()); }\nrun(main());';
    await playground.paste(program);
    await playground.typesSay(/^One type error, on line 3/);
    await playground.paste(`"use tsyncio";\n${program.replace("function* main", "async function main")}`);
    await playground.typesSay(/^No type errors/);
  });
}

export async function theTypeUnderThePointerIsShown({ open, url }) {
  await withTypes(open, url, async (playground) => {
    const { page } = playground;
    await playground.paste(
      '"use tsyncio";\nimport { createTask, run } from "tsyncio";\nasync function one() {\n  return 1;\n}\nasync function main() {\n  const task = createTask(one());\n  console.log(await task);\n}\nawait run(main());',
    );
    await playground.typesSay(/^No type errors/);
    const tip = "document.querySelector('.cm-tooltip-hover .described')?.textContent ?? ''";
    await page.point(".cm-line .tok-definition", "task");
    await page.becomes(`${tip}.startsWith("const task: Task<number>")`);
    await page.point(".cm-line .tok-variableName", "createTask");
    await page.becomes(`/function createTask<.*Task<[^]*const other = yield/.test(${tip})`);
  });
}

export async function theTypeAtTheCursorIsShownByKeys({ open, url }) {
  await withTypes(open, url, async (playground) => {
    const { page } = playground;
    await playground.paste('const answer = 6 * 7 + "";\nanswer');
    await page.press("Escape");
    await playground.typesSay(/^No type errors/);
    const tip = "document.querySelector('.described.cm-tooltip .signature')";
    await page.press("k", CONTROL);
    await page.press("i", CONTROL);
    await page.becomes(`${tip}?.textContent === 'const answer: string'`);
    await page.press("Escape");
    await page.becomes(`${tip} === null`);
  });
}

export async function namesAreCompletedAndImported({ open, url, shot }) {
  await withTypes(open, url, async (playground) => {
    const { page } = playground;
    const offered = "[...document.querySelectorAll('.cm-tooltip-autocomplete li')].map((e) => e.textContent)";
    const chosen = "document.querySelector('.cm-tooltip-autocomplete [aria-selected]')?.textContent";
    await playground.paste('import { run } from "tsyncio";\n\nfunction* main() {\n  createTa');
    await page.press(" ", CONTROL);
    await page.becomes(`${chosen} === 'createTasktsyncio'`);
    await page.becomes("/Task</.test(document.querySelector('.cm-completionInfo .described')?.textContent)");
    await page.screenshot(shot("completion"));
    assert.deepEqual(await playground.violations(), []);
    await page.press("Enter");
    await page.becomes("document.querySelector('.cm-line').textContent.includes('createTask')");
    assert.equal(
      await playground.text(),
      'import { createTask, run } from "tsyncio";\n\nfunction* main() {\n  createTask',
    );
    await playground.paste('import { Queue } from "tsyncio";\nnew Queue<string>().');
    await page.press(" ", CONTROL);
    await page.becomes(`${offered}.includes('putNowait')`);
    await page.press("Escape");
  });
}

export async function aFailureToLoadIsSaid({ open, url, missing }) {
  missing.add(SCRIPT);
  const playground = await Playground.open(open, url);
  await playground.press("types");
  await playground.typesSay(/^Type help could not be loaded/);
  assert.equal(await playground.page.evaluate("document.querySelector('#types').ariaPressed"), "false");
  missing.delete(SCRIPT);
  await playground.press("types");
  await playground.typesSay(/^No type errors/);
  // Programs run beside it, and can be stopped.
  await playground.paste('console.log("runs"); for (;;);');
  await playground.press("run");
  await playground.prints(/runs/);
  await playground.press("stop");
  await playground.says(/^Stopped/);
  await playground.press("types");
  await playground.page.close();
}
