/** npm run fuzz: see HELP. */

import { parseArgs } from "node:util";
import { type Finding, type Fuzzer, fuzzers } from "./fuzzer.ts";
import { startWatchdog } from "./watchdog.ts";

const HELP = `npm run fuzz -- NAME [OPTIONS]

Runs random cases until the time or the count is up. Exit code 1 if a case has broken a rule, 2 for wrong arguments.

${fuzzers.map(({ name, what }) => `  ${name.padEnd(8)} ${what}`).join("\n")}

  --seed N      the seed of the first case; the next one has N + 1 (random;
                cpython: the hash of the last commit)
  --seconds N   begin no case after this many seconds (30, or no limit if --count is given)
  --count N     how many cases to run (no limit)`;

interface Options {
  readonly fuzzer: Fuzzer;
  readonly seed: number;
  readonly seconds: number;
  readonly count: number;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let options: Options | null;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  const { fuzzer, ...limits } = options;
  console.log(`${fuzzer.name}: the first seed is ${limits.seed}`);
  let findings = 0;
  const report = (finding: Finding): void => {
    findings++;
    console.log(describeFinding(fuzzer, finding));
  };
  const watchdog = startWatchdog(fuzzer.name);
  const began = performance.now();
  const ran = await fuzzer.run({ ...limits, begin: watchdog.begin, report });
  watchdog.stop();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const found = findings === 0 ? "no finding" : findings === 1 ? "1 finding" : `${findings} findings`;
  console.log(`${fuzzer.name}: ${ran.toLocaleString("en-US")} ${fuzzer.cases} in ${seconds} s, ${found}`);
  return findings === 0 ? 0 : 1;
}

/** Null for `--help`. Throws a `TypeError` that says what is wrong with the arguments. */
function readOptions(args: string[]): Options | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      seed: { type: "string" },
      seconds: { type: "string" },
      count: { type: "string" },
    },
  });
  if (values.help) return null;
  const [name, ...others] = positionals;
  const fuzzer = fuzzers.find((one) => one.name === name);
  if (fuzzer === undefined || others.length > 0) {
    const names = fuzzers.map((one) => one.name).join(", ");
    throw new TypeError(`the name of one fuzzer is expected (${names}), got "${positionals.join(" ")}"`);
  }
  const { seed, seconds, count } = values;
  return {
    fuzzer,
    seed: seed === undefined ? (fuzzer.firstSeed ?? randomSeed)() : wholeNumber("--seed", seed, 0),
    seconds: seconds === undefined ? (count === undefined ? 30 : Infinity) : wholeNumber("--seconds", seconds, 1),
    count: count === undefined ? Infinity : wholeNumber("--count", count, 1),
  };
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

function wholeNumber(what: string, text: string, least: number): number {
  const value = Number(text);
  if (text !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${what} must be a whole number from ${least}, got "${text}"`);
}

function describeFinding({ name }: Fuzzer, { seed, what, error }: Finding): string {
  const detail = error instanceof Error ? `\n${error.stack}` : error === undefined ? "" : `\n${String(error)}`;
  return `FINDING ${what}${detail}\n  again: npm run fuzz -- ${name} --seed ${seed} --count 1`;
}
