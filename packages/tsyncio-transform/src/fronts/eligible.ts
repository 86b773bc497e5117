/** Which modules are compiled: marked ones of the program's own. What is published is compiled already. */

import { MARK } from "../directive.ts";

const SCRIPT = /\.[cm]?[jt]sx?(?:[?#]|$)/;
const DEPENDENCY = /[\\/]node_modules[\\/]/;

/** By the path alone. */
export function mayBeCompiled(path: string): boolean {
  return SCRIPT.test(path) && !DEPENDENCY.test(path);
}

/** For tools that can look before they call. */
export const filter = {
  id: { include: SCRIPT, exclude: DEPENDENCY },
  code: { include: MARK },
} as const;
