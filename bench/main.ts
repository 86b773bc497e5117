/** npm run bench: every system on every workload, side by side, in one run. */
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Comparison, compare, ofSyntax, rowsOf, withCommit } from "./against/main.ts";
import { buildIsFresh, NATIVE_SYNTAX } from "./build.ts";
import { cluster, clusterTable } from "./cluster/main.ts";
import { connections, connectionsTable } from "./connections/main.ts";
import { echo, echoTable } from "./echo/main.ts";
import { exploreTable, exploring } from "./explore/main.ts";
import { http, httpTable } from "./http/main.ts";
import { httpClient, httpClientTable } from "./httpClient/main.ts";
import { inspect, inspectTable } from "./inspect/main.ts";
import { FEWEST } from "./interval.ts";
import { median, type Order, type Outcome } from "./measure.ts";
import { offload, offloadTable } from "./offload/main.ts";
import { pgQueries, pgTable } from "./pg/main.ts";
import { startup, startupTable } from "./startup/main.ts";
import { type Figures, table } from "./table.ts";
import { countIn, runsIn, SYSTEMS, type System, type Workload, workloads } from "./workloads.ts";
import { webSockets, webSocketTable } from "./ws/main.ts";

const HELP = `Usage: npm run bench [-- WORKLOAD… OPTIONS]

tsyncio beside native promises, Effect 4, Effection 4 and CPython's asyncio: ns an operation, and the ratio to native
promises. Times vary on a machine that does other things too: compare within a row, and mistrust differences under 20 %.

Workloads (all, unless named): ${workloads.map((w) => w.name).join(" ")}
  explore, schedules a second of tsyncio/testing beside fast-check's scheduler
Only when named: echo, requests over loopback beside raw node:net; connections, memory of idle ones, beside it too;
offload, small jobs in threads beside tinypool; ws, WebSocket echo and broadcast beside the library ws by hand;
http, requests a second beside srvx and fastify by hand, loaded by wrk if it is there;
http-client, requests of a ClientSession beside fetch with p-limit;
pg, queries of tsyncio/pg beside pg by hand, to a PostgreSQL that it starts;
cluster, jobs of tsyncio-cluster beside BullMQ by hand, on a Redis and a PostgreSQL that it starts;
startup, a program that does nothing, with the loader of native syntax beside none;
inspect, what \`tsyncio ps\`, \`tree\` and \`record\` cost the program that they look into (Linux)

  --systems LIST  only these, by comma: ${SYSTEMS.join(",")}
  --rounds N      processes of each system on each workload; their median counts (3)
  --quick         one round, short: for a first look
  --json FILE     write the figures: {"switch": {"tsyncio": 35.1, "native": 99.6, …}, …}
  --python FILE   the Python to measure (python3)
  --source        measure tsyncio's TypeScript source, not its build
  --against REF   only tsyncio, beside the build of another commit: the ratio of each row with its 95 % interval, and
                  exit code 1 where one is slower.
  --syntax        only tsyncio, native syntax beside coroutine(): the same, and slower by more than 5 % is slower
  --pairs N       pairs of processes of each row with --against and --syntax (15)
  --help          this text`;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

class UsageError extends Error {}

interface Choice {
  readonly workloads: readonly Workload[];
  readonly echo: boolean;
  readonly explore: boolean;
  readonly connections: boolean;
  readonly offload: boolean;
  readonly ws: boolean;
  readonly pg: boolean;
  readonly cluster: boolean;
  readonly inspect: boolean;
  readonly startup: boolean;
  readonly http: boolean;
  readonly httpClient: boolean;
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly json: string | undefined;
  readonly python: string;
  readonly source: boolean;
}

/** Workloads that are no rows of the table. */
const OTHERS = [
  "explore",
  "echo",
  "connections",
  "offload",
  "ws",
  "http",
  "http-client",
  "pg",
  "cluster",
  "inspect",
  "startup",
];

function choose({ values, positionals }: Arguments): Choice {
  const systems = (values.systems?.split(",") ?? SYSTEMS) as readonly System[];
  for (const system of systems) known("system", system, SYSTEMS);
  const names = workloads.map((w) => w.name);
  for (const name of positionals) known("workload", name, [...names, ...OTHERS]);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError("--rounds wants a whole number from 1 on.");
  return {
    workloads: positionals.length === 0 ? workloads : workloads.filter((w) => positionals.includes(w.name)),
    echo: positionals.includes("echo"),
    explore: positionals.includes("explore") || (positionals.length === 0 && values.systems === undefined),
    connections: positionals.includes("connections"),
    offload: positionals.includes("offload"),
    ws: positionals.includes("ws"),
    pg: positionals.includes("pg"),
    cluster: positionals.includes("cluster"),
    inspect: positionals.includes("inspect"),
    startup: positionals.includes("startup"),
    http: positionals.includes("http"),
    httpClient: positionals.includes("http-client"),
    systems: SYSTEMS.filter((s) => systems.includes(s)),
    rounds,
    quick: values.quick ?? false,
    json: values.json,
    python: values.python ?? "python3",
    source: values.source ?? false,
  };
}

type Arguments = ReturnType<typeof parse>;

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        systems: { type: "string" },
        rounds: { type: "string" },
        quick: { type: "boolean" },
        json: { type: "string" },
        python: { type: "string" },
        source: { type: "boolean" },
        against: { type: "string" },
        syntax: { type: "boolean" },
        pairs: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function known(what: string, name: string, names: readonly string[]): void {
  if (!names.includes(name)) throw new UsageError(`There is no ${what} "${name}". There are: ${names.join(", ")}.`);
}

/** A program of Node's or Python's, with what it needs before the order. */
interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

interface Preparation {
  readonly commands: Map<System, Command>;
  readonly about: string[];
  /** Node's options: which tsyncio is measured. */
  readonly condition: readonly string[];
}

/** How each system is started, and what it is; a system that this machine lacks is left out. */
function prepare(choice: Choice): Preparation {
  const commands = new Map<System, Command>();
  const about = [`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}`];
  const built = !choice.source && buildIsFresh();
  const condition = built ? [] : ["--conditions=@tsyncio/source"];
  for (const system of choice.systems) {
    if (system === "asyncio") {
      const python = findPython(choice.python);
      if (python === null) {
        about.push(`asyncio: left out, for "${choice.python}" does not start`);
        continue;
      }
      commands.set(system, { program: python.path, args: [here("systems/cpython.py")] });
      about.push(`asyncio: CPython ${python.version}`);
      continue;
    }
    const ours = system.startsWith("tsyncio");
    const compiler = system === "tsyncio-native" ? NATIVE_SYNTAX : [];
    const args = ["--expose-gc", ...(ours ? condition : []), ...compiler, here(`systems/${system}.ts`)];
    commands.set(system, { program: process.execPath, args });
    if (system === "tsyncio") about.push(`tsyncio: ${built ? "the build" : whySource(choice)}`);
  }
  return { commands, about, condition };
}

const whySource = (choice: Choice): string =>
  choice.source ? "the source" : "the source, for there is no build as new as it (npm run build)";

/** The program behind the name: a shim could need the environment that the measured processes do not have. */
function findPython(name: string): { path: string; version: string } | null {
  try {
    const code = "import sys, platform; print(sys.executable); print(platform.python_version())";
    const [path = "", version = ""] = execFileSync(name, ["-c", code], { encoding: "utf8", stdio: "pipe" }).split("\n");
    return { path, version };
  } catch {
    return null;
  }
}

/** Runs one process to its end. Its environment is empty. */
function run(command: Command, order: Order): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const args = [...command.args, JSON.stringify(order)];
    const child = spawn(command.program, args, { env: {}, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code !== 0) reject(new Error(errors.trim() || `ended with ${signal ?? `exit code ${code}`}`));
      else resolve(JSON.parse(output) as Outcome);
    });
  });
}

/** One line on a terminal, which each step overwrites; elsewhere a line a workload. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Of a workload that takes long: into a file a line each. */
function step(text: string): void {
  if (process.stderr.isTTY) progress(text);
  else if (text !== "") process.stderr.write(`${text}\n`);
}

async function main(choice: Choice): Promise<number> {
  const { commands, about, condition } = prepare(choice);
  console.log(about.join("\n"));
  const pace = choice.quick
    ? { warmUp: 300, repeats: 3, repeatAtLeast: 100 }
    : { warmUp: 1_000, repeats: 5, repeatAtLeast: 200 };

  const outcomes = new Map<string, number[]>();
  const failures = new Map<string, string>();
  for (let round = 1; round <= choice.rounds; round += 1) {
    for (const workload of choice.workloads) {
      const begun = performance.now();
      for (const [system, command] of commands) {
        const cell = `${workload.name} ${system}`;
        if (!runsIn(system, workload) || failures.has(cell)) continue;
        progress(`round ${round}/${choice.rounds}  ${cell}`);
        try {
          const count = countIn(system, workload);
          const { value } = await run(command, { ...pace, workload: workload.name, count });
          outcomes.set(cell, [...(outcomes.get(cell) ?? []), value]);
        } catch (error) {
          failures.set(cell, (error as Error).message);
        }
      }
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      if (!process.stderr.isTTY) {
        process.stderr.write(`round ${round}/${choice.rounds}  ${workload.name}  ${seconds} s\n`);
      }
    }
  }
  progress("");

  const figures: Record<string, Figures> = {};
  for (const workload of choice.workloads) {
    const row: Figures = {};
    for (const system of commands.keys()) {
      const values = outcomes.get(`${workload.name} ${system}`);
      if (values !== undefined) row[system] = Number(median(values).toPrecision(4));
    }
    figures[workload.name] = row;
  }
  if (choice.workloads.length > 0) console.log(`\n${table(choice.workloads, [...commands.keys()], figures)}`);
  const { quick, rounds } = choice;
  const common = { rounds, condition, progress: step };
  const show = <F extends object>(found: F, tableOf: (found: F) => string): void => {
    progress("");
    console.log(`\n${tableOf(found)}`);
    Object.assign(figures, found);
  };
  if (choice.explore)
    show(await exploring({ ...common, repeats: quick ? 3 : 5, milliseconds: quick ? 100 : 200 }), exploreTable);
  if (choice.echo) show(await echo({ ...common, seconds: quick ? 0.5 : 2 }), echoTable);
  if (choice.connections) show(await connections(common), connectionsTable);
  if (choice.http) show(await http({ ...common, seconds: quick ? 1 : 3 }), httpTable);
  if (choice.ws)
    show(
      await webSockets({ pairs: quick ? 7 : 15, seconds: quick ? 0.5 : 3, condition, progress: step }),
      webSocketTable,
    );
  if (choice.httpClient) show(await httpClient({ ...common, seconds: quick ? 0.5 : 2 }), httpClientTable);
  if (choice.pg) show(await pgQueries({ ...common, seconds: quick ? 0.3 : 0.7 }), pgTable);
  if (choice.cluster) {
    const measured = buildIsFresh("tsyncio-cluster") ? condition : ["--conditions=@tsyncio/source"];
    show(await cluster({ ...common, condition: measured, jobs: quick ? 1_000 : 2_000 }), clusterTable);
  }
  if (choice.inspect)
    show(
      await inspect({ ...common, pairs: quick ? 7 : 15, looks: quick ? 10 : 200, seconds: quick ? 0.5 : 2 }),
      inspectTable,
    );
  if (choice.startup) show(await startup({ pairs: quick ? 7 : 31, progress: step }), startupTable);
  if (choice.offload) show(await offload({ ...common, repeats: quick ? 5 : 15 }), offloadTable);
  if (choice.json !== undefined) {
    writeFileSync(choice.json, `${JSON.stringify(figures, null, 2)}\n`);
    console.log(`\nWritten to ${choice.json}`);
  }
  for (const [cell, message] of failures) console.error(`\n${cell} failed:\n${message}`);
  return failures.size === 0 ? 0 : 1;
}

/** What is to be compared by pairs, if anything. */
function comparisonOf({ values }: Arguments): Comparison | null {
  if (values.syntax) return ofSyntax;
  return values.against === undefined ? null : withCommit(values.against);
}

/** Returns the exit code: 1 if a row is slower. */
async function comparePairs(comparison: Comparison, { values, positionals }: Arguments): Promise<number> {
  const rows = rowsOf(comparison, positionals);
  if (typeof rows === "string") throw new UsageError(rows);
  const pairs = Number(values.pairs ?? 15);
  if (!Number.isInteger(pairs) || pairs < FEWEST)
    throw new UsageError(`--pairs wants a whole number from ${FEWEST} on.`);
  return (await compare(rows, comparison, { pairs, progress })) ? 1 : 0;
}

try {
  const given = parse(process.argv.slice(2));
  const comparison = comparisonOf(given);
  if (given.values.help) console.log(HELP);
  else if (comparison !== null) process.exitCode = await comparePairs(comparison, given);
  else process.exitCode = await main(choose(given));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nnpm run bench -- --help says more.`);
  process.exitCode = 2;
}
