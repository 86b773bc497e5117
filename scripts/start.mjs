// npm start [-- NAME [ARGUMENTS]]: runs one of examples/ on the newer Node.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

const examples = join(root, "examples");
/** Compiles native syntax as Node loads it. */
const compiler = pathToFileURL(join(root, "packages", "tsyncio-transform", "src", "fronts", "register.ts")).href;
/** What to run after one another. */
const tour = ["fetcher", "taskGroup", "cancellation", "testing/staleAnswer", "executors/hashFiles", "net/webChat"];
const first = process.argv[2];
const rest = process.argv.slice(3);

if (first === "--help" || first === "-h" || first === "--list") {
  console.log("npm start                    runs examples/fetcher.ts");
  console.log("npm start -- NAME [ARGS…]    runs examples/NAME.ts with these arguments\n");
  printExamples(console.log);
} else {
  // An option without a name is meant for the default example.
  const named = first !== undefined && !first.startsWith("-");
  const file = find(named ? first : "fetcher");
  if (file === undefined) {
    console.error(`There is no example ${named ? first : "fetcher"}.\n`);
    printExamples(console.error);
    process.exitCode = 2;
  } else {
    await ensureTools();
    const args = named ? rest : process.argv.slice(2);
    const options = ["--conditions=@tsyncio/source", `--import=${compiler}`];
    const code = await run(newerNode, [...options, file, ...args], { cwd: process.cwd() });
    process.exitCode = code;
    // To stderr: what the example prints can go into a pipe. 130: Ctrl-C, by which a server ends.
    if (code === 0 || code === 130) console.error(`\n${afterwards(file)}`);
  }
}

/** Where to read what has just run, and what to run next. */
function afterwards(file) {
  const path = relative(root, file).split(sep).join("/");
  const next = tour[tour.indexOf(path.slice("examples/".length, -".ts".length)) + 1];
  const more = "npm start -- --help lists all examples";
  return `Its source is ${path}. ${next === undefined ? `${more}.` : `Next: npm start -- ${next}; ${more}.`}`;
}

function find(name) {
  const stem = name
    .replaceAll("\\", "/")
    .replace(/^(\.\/)?examples\//, "")
    .replace(/\.ts$/, "");
  const found = all().find((known) => known === stem) ?? all().find((known) => known.endsWith(`/${stem}`));
  return found === undefined ? undefined : join(examples, `${found}.ts`);
}

/**
 * Names of all examples: the .ts files of examples/ and of these folders that are no tests. Other folders hold parts.
 */
function all() {
  return ["", "net/", "executors/", "cluster/", "databases/", "testing/", "generators/", "generators/net/"].flatMap(
    (folder) => {
      if (!existsSync(join(examples, folder))) return [];
      return readdirSync(join(examples, folder))
        .filter((name) => name.endsWith(".ts") && !/\.(test|d)\.ts$/.test(name))
        .map((name) => folder + name.slice(0, -3))
        .sort();
    },
  );
}

function printExamples(print) {
  print("Examples:");
  for (const name of all().filter((name) => !isGenerators(name))) print(`  ${name.padEnd(24)} ${about(name)}`);
  print("\nWith generators instead of async functions:");
  for (const line of wrapped(all().filter(isGenerators))) print(`  ${line}`);
}

function isGenerators(name) {
  return name.startsWith("generators/");
}

function wrapped(names) {
  return names.join(" ").match(/.{1,100}(?: |$)/g) ?? [];
}

/** The first comment of an example, below the directive. */
function about(name) {
  const [first, second] = readFileSync(join(examples, `${name}.ts`), "utf8").split("\n", 2);
  return (first === '"use tsyncio";' ? second : first).replace(/^\/\/ /, "");
}
