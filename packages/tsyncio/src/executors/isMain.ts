/** Python's `__name__ == "__main__"`. */

import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { shared } from "./shared.ts";

/**
 * True in the module that the process was started with, and there only in the main thread: in Python
 * `__name__ == "__main__"`. The same as `import.meta.main`, which Node has since version 24.
 *
 *     if (isMain(import.meta)) run(main());
 */
export function isMain(meta: { readonly url: string; readonly main?: boolean }): boolean {
  if (shared.worker !== null) return false;
  if (typeof meta.main === "boolean") return meta.main;
  const started = process.argv[1];
  if (!isMainThread || started === undefined) return false;
  for (const path of [started, `${started}.js`, `${started}/index.js`]) {
    try {
      if (pathToFileURL(realpathSync(path)).href === meta.url) return true;
    } catch {
      // `node program` means program.js: the next form
    }
  }
  return false;
}
