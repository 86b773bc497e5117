/** npm run bugs: see options.ts. */

import { type Figures, falseAlarm, measure } from "./measure.ts";
import { HELP, nameOf, type Options, readOptions } from "./options.ts";
import { plainTable, writeGuides } from "./table.ts";

process.exitCode = main();

function main(): number {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help) return print(HELP);
  if (options.list)
    return print(options.bugs.map(({ name, story, source }) => `${name}\n  ${story}\n  ${source}`).join("\n"));
  if (options.fixed !== null) return checkFixed(options, options.fixed);
  const figures: Figures[] = [];
  for (const bug of options.bugs) {
    progress(`${figures.length + 1} of ${options.bugs.length}: ${bug.name}`);
    figures.push(measure(bug, options));
  }
  progress("");
  print(plainTable(figures));
  if (options.write) {
    const changed = writeGuides(figures);
    print(changed.length === 0 ? "\nThe guides have this table." : `\nWritten into ${changed.join(", ")}.`);
  }
  return missed(figures);
}

function checkFixed(options: Options, iterations: number): number {
  let flagged = 0;
  for (const [i, bug] of options.bugs.entries()) {
    progress(`${i + 1} of ${options.bugs.length}: ${bug.name}`);
    const alarm = falseAlarm(bug, options, iterations);
    progress("");
    if (alarm !== null) flagged++;
    print(alarm === null ? `${bug.name}: holds` : `${bug.name}: the repaired program is flagged, by ${alarm}`);
  }
  const each = `${iterations.toLocaleString("en-US")} schedules each with ${options.strategies.map(nameOf).join(", ")}`;
  print(`${options.bugs.length - flagged} of ${options.bugs.length} repaired programs hold: ${each}.`);
  return flagged === 0 ? 0 : 1;
}

/** The default strategy must find each. */
function missed(figures: readonly Figures[]): number {
  const names = figures.filter(({ alone }) => alone.get("portfolio")?.includes(null)).map(({ bug }) => bug.name);
  if (names.length > 0) print(`\nNot found with every seed by the default strategy: ${names.join(", ")}`);
  return names.length > 0 ? 1 : 0;
}

function print(text: string): number {
  console.log(text);
  return 0;
}

/** On a terminal one line that changes; elsewhere nothing. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
