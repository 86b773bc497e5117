// npm run playground [-- --dev | --time]: installs what the playground needs on demand and builds playground/dist.
// --dev builds it again at each change and serves it on loopback; --time measures how soon a first program runs.
import { join } from "node:path";
import { ensureInstalled, ensureTools, newerNode, root, run } from "./lib/bootstrap.mjs";

const folder = join(root, "playground");
const args = process.argv.slice(2);
const scripts = { "--test": "test/main.mjs", "--time": "test/time.mjs" };

await ensureTools();
await ensureInstalled(folder, "the libraries of the playground");
const named = Object.keys(scripts).find((option) => args.includes(option));
const script = named === undefined ? "build.mjs" : scripts[named];
const rest = args.filter((arg) => arg !== named);
process.exitCode = await run(newerNode, [join(folder, script), ...rest], { cwd: folder });
