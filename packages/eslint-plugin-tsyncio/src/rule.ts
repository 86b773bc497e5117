/** What the rules have in common. */

import type { Rule } from "eslint";

/** A rule named `name`, whose page of docs is `docs/<name>.md`. */
export function rule(
  name: string,
  description: string,
  rest: Omit<Rule.RuleMetaData, "docs">,
  create: Rule.RuleModule["create"],
): Rule.RuleModule {
  const docs = { description, recommended: true, url: `https://unpkg.com/eslint-plugin-tsyncio/docs/${name}.md` };
  return { meta: { type: "problem", schema: [], ...rest, docs }, create };
}
