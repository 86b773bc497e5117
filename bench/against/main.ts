/** `npm run bench -- --against REF`: is this work tree slower than that commit? `--syntax`: is native syntax slower? */
import { measurePairs, type Paired } from "../pairs.ts";
import { type Row, rows, syntaxRows } from "./rows.ts";
import { commit, nativeSyntax, type Side, workTree } from "./sides.ts";

export interface Comparison {
  readonly rows: readonly Row[];
  /** The first is held to the second. */
  sides(): readonly [Side, Side];
  /** A row is slower if the lower end of its interval is above this. */
  readonly slower: number;
}

export interface Pace {
  /** How many pairs of processes each row takes. */
  readonly pairs: number;
  progress(text: string): void;
}

export const withCommit = (ref: string): Comparison => ({
  rows,
  sides: () => [workTree(), commit(ref)],
  slower: 1.03,
});

export const ofSyntax: Comparison = {
  rows: syntaxRows,
  sides: () => [nativeSyntax(), { ...workTree(), name: "coroutine()" }],
  slower: 1.05,
};

/**
 * The rows of these names, all for none, or a message about one that is not there. `echo` stands for all that begin
 * with `echo-`.
 */
export function rowsOf({ rows }: Comparison, names: readonly string[]): readonly Row[] | string {
  const chosen = rows.filter((row) => names.length === 0 || names.some((name) => matches(row, name)));
  const unknown = names.find((name) => !rows.some((row) => matches(row, name)));
  if (unknown === undefined) return chosen;
  return `There is no row "${unknown}" to compare. There are: ${rows.map((row) => row.name).join(", ")}.`;
}

const matches = (row: Row, name: string): boolean => row.name === name || row.name.startsWith(`${name}-`);

/** Prints a line a row, and returns whether one is slower. */
export async function compare(
  chosen: readonly Row[],
  { sides: makeSides, slower }: Pick<Comparison, "sides" | "slower">,
  { pairs, progress }: Pace,
): Promise<boolean> {
  progress("building");
  const sides = makeSides();
  progress("");
  console.log(
    `${sides[0].name} / ${sides[1].name}: the median of ${pairs} pairs of processes, with its 95 % interval\n`,
  );
  console.log(`${"".padEnd(24)}${sides[1].name.padStart(14)}${sides[0].name.padStart(14)}   ratio  interval`);
  let any = false;
  for (const row of chosen) {
    const found = await measurePairs(pairs, (pair) => {
      progress(`${row.name}  ${pair + 1}/${pairs}`);
      return row.measure(sides, pair);
    });
    progress("");
    const isSlower = found.ratio.low > slower;
    console.log(`${line(row, found)}${isSlower ? " *" : ""}`);
    any ||= isSlower;
  }
  console.log(`\n* slower: the lower end of the interval is above ${slower}.`);
  return any;
}

function line(row: Row, { ours, theirs, ratio }: Paired): string {
  const figure = (value: number): string => `${Number(value.toPrecision(4))} ${row.unit}`.padStart(14);
  const interval = `${ratio.low.toFixed(3)} … ${ratio.high.toFixed(3)}`;
  return `${row.name.padEnd(24)}${figure(theirs)}${figure(ours)}   ${ratio.median.toFixed(3)}  ${interval}`;
}
