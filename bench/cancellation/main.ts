/** npm run cancellation: the shape of shape.ts in each library, cancelled from outside, and what ran then. */
import { readFileSync } from "node:fs";
import { differingTables, markdownTable, writeTables } from "../../scripts/lib/readme.mjs";
import { bluebird } from "./bluebird.ts";
import { caf } from "./caf.ts";
import { effect } from "./effect.ts";
import { effection } from "./effection.ts";
import { mobx } from "./mobx.ts";
import { native } from "./native.ts";
import { reduxSaga } from "./reduxSaga.ts";
import { type Form, pause } from "./shape.ts";
import { tsyncio } from "./tsyncio.ts";
import { tsyncioNative } from "./tsyncioNative.ts";

const HELP = `Usage: npm run cancellation [-- --write | --check]

Runs   outer { yield* inner { try { wait forever } finally { await c1; await c2 } } LEAK }
in each library, cancels it from outside, and prints what ran as a markdown table. Right is: c1, c2.

  --write   puts the table into docs/cancellation, and five of its rows into the READMEs
  --check   exit code 1 if the tables there differ`;

const PAGES = { en: "docs/cancellation.md", ko: "docs/cancellation.ko.md" };
/**
 * The READMEs show the first form of each of these: the one that a program is written in that thinks of nothing
 * special.
 */
const SHOWN = ["tsyncio", "Effect", "Effection", "MobX", "`async`/`await`"];

/** How long after its cancellation a program may still run something. */
const AFTERWARDS = 300;

const WORDS = {
  en: {
    head: ["library", "the shape is written with", "ran", ""],
    nothing: "nothing",
    none: "the cleanup never runs",
    abandoned: "the cleanup is abandoned at its first wait",
    leak: "cancelled code goes on",
    right: "right",
  },
  ko: {
    head: ["라이브러리", "작성 방식", "실행된 것", ""],
    nothing: "없음",
    none: "정리 코드가 전혀 실행되지 않음",
    abandoned: "정리 코드가 첫 대기에서 버려짐",
    leak: "취소된 코드가 계속 실행됨",
    right: "올바름",
  },
} as const;

type Verdict = "none" | "abandoned" | "leak" | "right";

interface Outcome {
  readonly form: Form;
  readonly steps: readonly string[];
  readonly verdict: Verdict;
}

async function outcomeOf(form: Form): Promise<Outcome> {
  const steps: string[] = [];
  let entered = false;
  const cancelled = form.cancelled({
    entered() {
      entered = true;
    },
    ran(step) {
      steps.push(step);
    },
  });
  await Promise.race([cancelled, pause(5_000)]);
  await pause(AFTERWARDS);
  return { form, steps, verdict: judge(entered, steps.join()) };
}

function judge(entered: boolean, steps: string): Verdict {
  if (steps === "c1,c2") return "right";
  if (steps.includes("LEAK")) return "leak";
  return entered ? "abandoned" : "none";
}

/** The library with the version that ran. */
function versioned({ library }: Form): string {
  const name = library.toLowerCase();
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const version = manifest.dependencies[name];
  return version === undefined ? library : `${library} ${version}`;
}

function tableIn(language: keyof typeof WORDS, outcomes: readonly Outcome[]): string {
  const words = WORDS[language];
  const rows = outcomes.map(({ form, steps, verdict }) => [
    versioned(form),
    (language === "ko" ? form.formKo : undefined) ?? form.form,
    steps.length === 0 ? words.nothing : steps.map((s) => (s === "LEAK" ? "**LEAK**" : s)).join(", "),
    verdict === "right" ? `✓ ${words.right}` : `✗ ${words[verdict]}`,
  ]);
  return markdownTable([words.head, ...rows]);
}

async function main(options: readonly string[]): Promise<number> {
  const [option] = options;
  if (option === "--help" || option === "-h") {
    console.log(HELP);
    return 0;
  }
  if (options.length > 1 || (option !== undefined && option !== "--write" && option !== "--check")) {
    console.error(`Unknown: ${options.join(" ")}\n\n${HELP}`);
    return 2;
  }
  const forms = [tsyncioNative, tsyncio, effect, effection, reduxSaga, bluebird, mobx, caf, native].flat();
  const outcomes = await Promise.all(forms.map(outcomeOf));
  const tables = { en: tableIn("en", outcomes), ko: tableIn("ko", outcomes) };
  console.log(tables.en);
  const shown = SHOWN.map((library) => outcomes.find(({ form }) => form.library === library) as Outcome);
  const brief = { en: tableIn("en", shown), ko: tableIn("ko", shown) };
  if (option === "--write") {
    const changed = [...writeTables("cancellation", tables, PAGES), ...writeTables("cancellation", brief)];
    console.error(changed.length === 0 ? "\nThe pages have this table." : `\nWritten into ${changed.join(", ")}.`);
  }
  const differing =
    option === "--check"
      ? [...differingTables("cancellation", tables, PAGES), ...differingTables("cancellation", brief)]
      : [];
  if (differing.length > 0) {
    console.error(`\n${differing.join(", ")}: another table. npm run cancellation -- --write puts this one there.`);
  }
  const ours = outcomes.filter(({ form: { library } }) => library === "tsyncio");
  return differing.length === 0 && ours.every(({ verdict }) => verdict === "right") ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
