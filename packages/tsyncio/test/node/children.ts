/**
 * How tests start programs that import the packages: against the sources, so that a test sees what is edited. Where
 * `npm test` has made the build before, which loads in half the time, it says so, and they run against that.
 */

import { fileURLToPath } from "node:url";

const built = process.env.TSYNCIO_TEST_BUILD === "1";

/** The export conditions under which such a program finds the packages. */
export const conditions: readonly string[] = built ? [] : ["@tsyncio/source"];

/** Node's options for such a program. */
export const nodeOptions: readonly string[] = conditions.map((condition) => `--conditions=${condition}`);

/** The program `tsyncio`. */
export const CLI = fileURLToPath(new URL(built ? "../../dist/cli/main.js" : "../../src/cli/main.ts", import.meta.url));
