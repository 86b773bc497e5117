// npm start [-- NAME [ARGUMENTS]]: runs one of examples/ on the newer Node.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

const examples = join(root, "examples");
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
    process.exitCode = await run(newerNode, ["--conditions=@tsyncio/source", file, ...args], { cwd: process.cwd() });
  }
}

function find(name) {
  const stem = name
    .replaceAll("\\", "/")
    .replace(/^(\.\/)?examples\//, "")
    .replace(/\.ts$/, "");
  const found = all().find((known) => known === stem || known.endsWith(`/${stem}`));
  return found === undefined ? undefined : join(examples, `${found}.ts`);
}

/** Names of all examples: the .ts files of examples/ and of these folders that are no tests. Other folders hold parts. */
function all() {
  return ["", "net/", "executors/", "testing/"].flatMap((folder) => {
    if (!existsSync(join(examples, folder))) return [];
    return readdirSync(join(examples, folder))
      .filter((name) => name.endsWith(".ts") && !/\.(test|d)\.ts$/.test(name))
      .map((name) => folder + name.slice(0, -3))
      .sort();
  });
}

function printExamples(print) {
  print("Examples:");
  for (const name of all()) {
    const path = join(examples, `${name}.ts`);
    const comment = /^\s*(?:\/\/|\/\*\*?)\s*(.*?)\s*(?:\*\/)?$/m.exec(readFileSync(path, "utf8").split("\n", 1)[0]);
    print(`  ${name.padEnd(24)} ${comment?.[1] ?? relative(root, path)}`);
  }
}
