// node scripts/repository.mjs URL: writes the address of the repository into the package.json of every package, as
// `repository` with the folder, `homepage` and `bugs`. The release does it, as provenance compares it with where it was
// built.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/bootstrap.mjs";
import { manifestOf, packages } from "./lib/packed.mjs";

const url = process.argv[2]?.replace(/\/$|\.git$/, "");
if (!/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(url ?? "")) {
  console.error(
    `URL must be the address of a repository, such as https://github.com/OWNER/NAME, got ${url ?? "nothing"}`,
  );
  process.exit(2);
}
for (const name of packages) {
  const directory = `packages/${name}`;
  const manifest = {
    ...manifestOf(name),
    homepage: `${url}/tree/main/${name === "tsyncio" ? "" : directory}#readme`.replace("/tree/main/#", "#"),
    bugs: `${url}/issues`,
    repository: { type: "git", url: `git+${url}.git`, directory },
  };
  writeFileSync(join(root, directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
console.log(`${packages.length} packages: ${url}`);
