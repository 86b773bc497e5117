/** Writes what this version of the compiler makes of the programs into fixtures/frozen, for the versions to come. */

import { readFileSync, writeFileSync } from "node:fs";
import { transform } from "tsyncio-transform";
import manifest from "../package.json" with { type: "json" };

const fixtures = new URL("fixtures/", import.meta.url);
const code = readFileSync(new URL("programs.txt", fixtures), "utf8");
const minor = manifest.version.split(".").slice(0, 2).join(".");
writeFileSync(new URL(`frozen/${minor}.txt`, fixtures), transform(code, { filename: "programs.cjs" })?.code ?? "");
