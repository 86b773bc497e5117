/** Every construct that means something else in a marked module, and the file that has its rule. */

import type { Rules, Visitor } from "../module.ts";
import { arrows } from "./arrows.ts";
import { awaits } from "./awaits.ts";
import { blocks } from "./blocks.ts";
import { calls } from "./calls.ts";
import { catches } from "./catches.ts";
import { classes } from "./classes.ts";
import { dropped } from "./dropped.ts";
import { functions } from "./functions.ts";
import { handingOver } from "./handedOver.ts";
import { lexical } from "./lexical.ts";
import { loops } from "./loops.ts";
import { objects } from "./objects.ts";
import { using } from "./using.ts";

const rules: Rules = {
  ...functions,
  ...arrows,
  ...lexical,
  ...objects,
  ...classes,
  ...calls,
  ...awaits,
  ...blocks,
  ...using,
  ...loops,
  ...catches,
  ...dropped,
};

/** Rewrites a node by the rule of its kind; a coroutine function that leaves as a value is handed over besides. */
export const visitNode: Visitor = (node, here, module) => {
  const rule = rules[node.type] as Visitor | undefined;
  const around = handingOver(node, here, module);
  if (around !== null) module.edits.before(node, around[0]);
  if (rule === undefined) module.visitChildren(node, here);
  else rule(node, here, module);
  if (around !== null) module.edits.after(node, around[1]);
};
