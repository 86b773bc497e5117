/** Passes programs that the documents have to the compiler. */

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { conditions } from "./children.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * What the compiler says of the files, "" for nothing. `name` is that of the project, which is written into the folder;
 * `where` names the place of a file, which begins a line, for people.
 */
export async function compilerErrors(
  folder: string,
  name: string,
  compilerOptions: { readonly types: readonly string[]; readonly jsx?: string },
  files: readonly string[],
  where: (file: string) => string,
): Promise<string> {
  const options = { ...compilerOptions, customConditions: conditions };
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions: options, files };
  const project = join(folder, `tsconfig.${name.replace(" ", "-")}.json`);
  writeFileSync(project, JSON.stringify(config));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const errors = await new Promise<string>((resolve) => {
    execFile(process.execPath, [tsc, "-p", project], { cwd: folder }, (error, stdout, stderr) =>
      resolve(error === null ? "" : stdout + stderr),
    );
  });
  return errors.replace(/^\S+\.tsx?/gm, where);
}
