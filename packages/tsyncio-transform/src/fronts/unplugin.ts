/** The plugin for bundlers: one for all that unplugin carries. */

import { createUnplugin, type UnpluginInstance } from "unplugin";
import { transform } from "../transform.ts";
import { filter, mayBeCompiled } from "./eligible.ts";
import { textOf } from "./warnings.ts";

export type Plugin = UnpluginInstance<undefined>;

/** It has no options: whether a module is compiled stands in the module. */
export const plugin: Plugin = createUnplugin<undefined>(() => ({
  name: "tsyncio-transform",
  // Before types and JSX are taken out: the places in messages are those of the source.
  enforce: "pre",
  transform: {
    filter,
    handler(code, id) {
      if (!mayBeCompiled(id)) return null; // not all of them know filters
      const made = transform(code, { filename: id });
      if (made === null) return null;
      for (const warning of made.warnings) this.warn(textOf(id, warning));
      return { code: made.code, map: made.map };
    },
  },
}));
