/** Every construct that means something else in a marked module, and the file that has its rule. */

import type { Rules } from "../module.ts";
import { arrows } from "./arrows.ts";
import { awaits } from "./awaits.ts";
import { blocks } from "./blocks.ts";
import { catches } from "./catches.ts";
import { classes } from "./classes.ts";
import { dropped } from "./dropped.ts";
import { functions } from "./functions.ts";
import { lexical } from "./lexical.ts";
import { loops } from "./loops.ts";
import { objects } from "./objects.ts";
import { using } from "./using.ts";

export const rules: Rules = {
  ...functions,
  ...arrows,
  ...lexical,
  ...objects,
  ...classes,
  ...awaits,
  ...blocks,
  ...using,
  ...loops,
  ...catches,
  ...dropped,
};
