/** The figures as a table for a terminal. */
import { countIn, type System, type Workload } from "./workloads.ts";

/** Nanoseconds an operation, or heap bytes a task, of one workload. */
export type Figures = { [system in System]?: number };

/** What `tsyncio` and `tsyncio-plain` are held to, beside the figures. */
export function table(
  workloads: readonly Workload[],
  systems: readonly System[],
  figures: Readonly<Record<string, Figures>>,
): string {
  const rows = [["ns/op (ratio to native)", ...systems, "target", ""]];
  for (const workload of workloads) {
    const row = figures[workload.name] ?? {};
    const cells = systems.map((system) => cell(workload, system, row));
    const [target, verdict] = judge(workload, row);
    rows.push([workload.name === "memory" ? "memory, heap bytes/task" : workload.name, ...cells, target, verdict]);
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((text, column) => align(text, widths[column] ?? 0, column)).join("  "));
  const notes = [
    "target: tsyncio's ratio to native at most, for memory its bytes; with coroutine / plain function* / in native syntax.",
  ];
  if (systems.includes("effection") && workloads.some((w) => w.tenthForEffection))
    notes.push("† a tenth of the operations");
  return [...lines.map((line) => line.trimEnd()), "", ...notes].join("\n");
}

const align = (text: string, width: number, column: number): string =>
  column === 0 ? text.padEnd(width) : text.padStart(width);

function cell(workload: Workload, system: System, row: Figures): string {
  const value = row[system];
  if (value === undefined) return "–";
  const dagger = countIn(system, workload) === workload.count ? "" : "†";
  const against = system === "native" || row.native === undefined ? "" : ` (${ratio(value / row.native)}×)`;
  return `${number(value)}${dagger}${against}`;
}

/** The targets, and whether they are met: of wrapped coroutines, of plain ones, of native syntax. */
function judge(workload: Workload, row: Figures): [target: string, verdict: string] {
  const base = workload.name === "memory" ? 1 : row.native;
  const word = (value: number | undefined, target: number): string =>
    value === undefined || base === undefined ? "–" : value / base <= target ? "ok" : "MISS";
  const { target, plainTarget, syntaxTarget } = workload;
  const targets = [String(target)];
  const verdicts = [word(row.tsyncio, target)];
  if (plainTarget !== undefined) {
    targets.push(String(plainTarget));
    verdicts.push(word(row["tsyncio-plain"], plainTarget));
  }
  if (syntaxTarget != null) {
    const [text, limit] =
      "ns" in syntaxTarget
        ? [`${syntaxTarget.ns} ns`, syntaxTarget.ns]
        : [`${syntaxTarget.ratio} × tsyncio`, (row.tsyncio ?? 0) * syntaxTarget.ratio];
    const value = row["tsyncio-native"];
    targets.push(text);
    verdicts.push(value === undefined || limit === 0 ? "–" : value <= limit ? "ok" : "MISS");
  }
  return [targets.join(" / "), verdicts.join(" / ")];
}

const number = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));

const ratio = (value: number): string =>
  value >= 10 ? Math.round(value).toLocaleString("en-US") : value >= 1 ? value.toFixed(1) : value.toFixed(2);
