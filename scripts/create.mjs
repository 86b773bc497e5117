// npm test -- create: makes a project of every template in both syntaxes with the packed create-tsyncio, installs the
// packed packages once above all of them, and runs their scripts. Also looks into the packed tsyncio: its links. Needs
// the build and the registry.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { capture, newerNode, root, seconds } from "./lib/bootstrap.mjs";
import { brokenLinks } from "./lib/packed.mjs";

const folder = mkdtempSync(join(tmpdir(), "tsyncio-create-"));
// Nothing of the workspace's own tools: a project has what its package.json names.
const env = { ...process.env, PATH: [dirname(newerNode), process.env.PATH].join(delimiter) };
const ours = ["tsyncio", "tsyncio-transform", "eslint-plugin-tsyncio", "create-tsyncio"];
const templates = ["node", "vite", "library"];
const projects = templates.flatMap((template) =>
  ["native", "generators"].map((syntax) => ({ template, syntax, name: `${template}-${syntax}` })),
);

try {
  const packed = {};
  for (const name of ours) packed[name] = await pack(name);
  writeFileSync(join(folder, "package.json"), "{}");
  await npm(folder, "install", packed["create-tsyncio"]);
  const cli = join(folder, "node_modules", "create-tsyncio", "dist", "cli.js");
  const needed = {};
  for (const { template, syntax, name } of projects) {
    await done(newerNode, [cli, name, "--template", template, "--syntax", syntax], folder);
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"));
    Object.assign(needed, dependencies, devDependencies);
  }
  for (const name of ours) needed[name] = `file:${packed[name]}`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: needed }));
  await npm(folder, "install");
  checkLinks(join(folder, "node_modules", "tsyncio"));
  // Two at a time: those of one template.
  for (const template of templates) await Promise.all(projects.filter((one) => one.template === template).map(timed));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The tarball of a package that is built. */
async function pack(name) {
  const from = join(root, "packages", name);
  await done(newerNode, [join(root, "scripts", "prepack.mjs"), "--no-build"], from);
  const to = join(folder, "packed");
  mkdirSync(to, { recursive: true });
  await npm(from, "pack", "--ignore-scripts", "--pack-destination", to);
  return join(
    to,
    readdirSync(to).find((file) => file.startsWith(`${name}-`) && /^\d/.test(file.slice(name.length + 1))),
  );
}

async function timed(project) {
  const started = Date.now();
  await check(project, join(folder, project.name));
  console.log(`✓ ${project.name.padEnd(20)} ${seconds(started)}`);
}

async function check({ template, syntax, name }, at) {
  await npm(at, "run", "check");
  if (template === "node") {
    const output = await npm(at, "start");
    expect(output.includes("page of a.com\npage of b.com\npage of c.com"), `npm start prints ${output}`);
    return;
  }
  await npm(at, "run", "build");
  if (template === "vite") {
    expect(readFileSync(join(at, "dist", "index.html"), "utf8").includes("assets/"), "the page has its program");
    return;
  }
  // Where the library is used nothing is compiled.
  const program = `import { run, sleep } from "tsyncio";
    import { poll } from ${JSON.stringify(pathToFileURL(join(at, "dist", "index.js")))};
    let asked = 0;
    function* ask() { yield* sleep(0); return ++asked === 2 ? "answer" : undefined; }
    console.log(await run(poll(ask, 0.01)));`;
  const output = await done(newerNode, ["--input-type=module", "--eval", program], folder);
  expect(output === "answer\n", `${name} in a plain program prints ${output}`);
  const types = readFileSync(join(at, "dist", "index.d.ts"), "utf8");
  expect(types.includes(syntax === "native" ? "Promise<T>" : "Coroutine<T>"), `types of ${name}: ${types}`);
}

function checkLinks(at) {
  const files = new Set(readdirSync(at, { recursive: true }).map((path) => path.replaceAll("\\", "/")));
  const pages = [...files].filter((path) => path.endsWith(".md"));
  const broken = pages.flatMap((path) =>
    brokenLinks(path, readFileSync(join(at, path), "utf8"), (to) => files.has(to)),
  );
  expect(pages.length > 40 && broken.length === 0, `broken links in the packed tsyncio: ${broken.join("; ")}`);
  console.log(`✓ ${pages.length} pages of the packed tsyncio, whose links are all in it`);
}

function npm(cwd, ...args) {
  return done("npm", [...args, ...(args[0] === "install" ? ["--no-audit", "--no-fund", "--prefer-offline"] : [])], cwd);
}

async function done(command, args, cwd) {
  const { code, output } = await capture(command, args, { cwd, env });
  expect(code === 0, `${command} ${args.join(" ")} in ${cwd} ended with ${code}:\n${output}`);
  return output;
}

function expect(holds, message) {
  if (!holds) throw new Error(message);
}
