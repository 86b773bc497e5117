/** The page: its parts, and what the user does with them. */

import { CLOCKS, type Clock } from "../protocol.ts";
import workerUrl from "../worker/main.ts?worker&url";
import { fill, find } from "./dom.ts";
import { Editor } from "./editor.ts";
import { EXAMPLES, type Example, titleOf } from "./examples.ts";
import { follow, startLanguage, texts } from "./language.ts";
import { fromFragment, toFragment } from "./link.ts";
import { Output } from "./output.ts";
import { Run } from "./run.ts";
import { Runner } from "./runner.ts";
import { Status } from "./status.ts";
import { startTheme } from "./theme.ts";
import { TypeHelp } from "./typeHelp/typeHelp.ts";

/** The value of the choice that is no example. */
const OWN = "";

const runner = new Runner(loadWorker());
startLanguage();
startTheme();

const example = find<HTMLSelectElement>("example");
const clock = find<HTMLSelectElement>("clock");
const status = new Status("status", (texts) => texts.before);
const editor = new Editor(find("editor"), {
  onRun: () => run.start("run", clock.value as Clock),
  onEdit: () => {
    example.value = OWN;
  },
});
const output = new Output((line) => editor.goTo(line));
const run = new Run({ runner, editor, output, status });

find("run").addEventListener("click", () => run.start("run", clock.value as Clock));
find("race").addEventListener("click", () => run.start("race", clock.value as Clock));
find("stop").addEventListener("click", () => run.stop());
find("share").addEventListener("click", () => void share());
example.addEventListener("change", () => {
  const chosen = EXAMPLES.find(({ name }) => name === example.value);
  if (chosen !== undefined) show(chosen);
});
addEventListener("hashchange", () => void open());

follow(() => {
  fill(example, [[OWN, texts().ownProgram], ...EXAMPLES.map((one) => [one.name, titleOf(one)] as const)]);
  fill(
    clock,
    CLOCKS.map((one) => [one, texts()[one]]),
  );
  editor.setLabel(texts().editor);
  run.redraw();
});
show(EXAMPLES[0] as Example);
void open();
new TypeHelp(editor);

async function loadWorker(): Promise<string> {
  const response = await fetch(workerUrl);
  if (!response.ok) throw new Error(`${workerUrl}: ${response.status}`);
  return response.text();
}

function show({ name, code, clock: usual }: Example): void {
  run.stop();
  editor.replace(code);
  example.value = name;
  clock.value = usual;
}

/** Shows the program that the address holds. It runs when the user says so. */
async function open(): Promise<void> {
  try {
    const found = await fromFragment(location.hash.slice(1));
    if (found === null) return;
    if ("example" in found) {
      const named = EXAMPLES.find(({ name }) => name === found.example);
      if (named !== undefined) show(named);
      return;
    }
    show({ name: OWN, ...found });
    status.say((texts) => texts.fromLink);
  } catch {
    status.say((texts) => texts.badLink);
  }
}

async function share(): Promise<void> {
  const fragment = await toFragment({ code: editor.text, clock: clock.value as Clock });
  if (fragment === null) return status.say((texts) => texts.tooLong);
  history.replaceState(null, "", `#${fragment}`);
  try {
    await navigator.clipboard.writeText(location.href);
    status.say((texts) => texts.shared);
  } catch {
    status.say((texts) => texts.sharedOnly);
  }
}
