// The programs to choose from.
import assert from "node:assert/strict";
import { expected, races } from "./expected.mjs";

export async function everyExampleRuns({ playground }) {
  const examples = await playground.examples();
  assert.deepEqual(examples.toSorted(), [...Object.keys(expected), "deadlock"].toSorted());
  for (const example of examples.filter((name) => name !== "deadlock")) {
    await playground.choose("example", example);
    await playground.run();
    assert.deepEqual(await playground.output(), expected[example], example);
    assert.match(await playground.status(), /^Finished after/, example);
    assert.notEqual((await playground.tasks()).length, 0, example);
  }
  assert.deepEqual(playground.page.errors, []);
}

export async function aDeadlockIsReported({ playground, shot }) {
  await playground.page.evaluate("location.hash = 'example=deadlock'");
  await playground.page.becomes("document.querySelector('#example').value === 'deadlock'");
  await playground.press("run");
  await playground.ended();
  const text = (await playground.output()).join("\n");
  assert.match(text, /DeadlockError: nothing can wake the event loop any more: 3 tasks waiting forever/);
  assert.match(text, /in a circle:[\s│]+╭─> to Bob waits for .*, held by to Alice/);
  assert.match(text, /at transfer \(program\.ts:\d+:\d+\)/);
  await playground.page.screenshot(shot("deadlock"));
  await playground.choose("clock", "real");
  await playground.press("run");
  await playground.says(/^All tasks wait, and no timer is set/);
  await playground.press("stop");
  const waits = await playground.page.evaluate(
    "[...document.querySelectorAll('#timeline i.waiting')].map((e) => e.title).join('\\n')",
  );
  assert.match(waits, /waits for acquire of <Lock .*>, held by to Alice/);
}

export async function racesAreFoundAndShown({ playground, shot }) {
  for (const [example, pattern] of Object.entries(races)) {
    await playground.choose("example", example);
    await playground.press("race");
    await playground.says(/^There is an order/);
    const report = await playground.page.evaluate("document.querySelector('#report').textContent");
    assert.match(report, pattern, example);
    const steps = await playground.steps();
    assert.ok(
      steps.some((step) => step.includes("differs from the default order")),
      steps.join("\n"),
    );
    assert.notEqual((await playground.tasks()).length, 0, example);
    await playground.page.screenshot(shot(`race-${example}`));
  }
  await playground.choose("example", "semaphore");
  await playground.press("race");
  await playground.says(/^No order was found/);
  assert.match((await playground.output()).join("\n"), /no failure/);
}
