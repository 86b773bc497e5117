import type { ImportDeclaration } from "oxc-parser";

/** An import declaration as assignments of what a dynamic import returns. */
export function importNames({ specifiers, source }: ImportDeclaration): string {
  const loaded = `await import(${source.raw})`;
  const named: string[] = [];
  const whole: string[] = [];
  for (const specifier of specifiers) {
    const { name } = specifier.local;
    if (specifier.type === "ImportNamespaceSpecifier") whole.push(name);
    else if (specifier.type === "ImportDefaultSpecifier") named.push(`default:${name}`);
    else
      named.push(
        `${JSON.stringify("name" in specifier.imported ? specifier.imported.name : specifier.imported.value)}:${name}`,
      );
  }
  const assigned = whole.map((name) => `${name}=${loaded};`);
  if (named.length > 0 || whole.length === 0) assigned.push(`${named.length > 0 ? `({${named}}=${loaded})` : loaded};`);
  return assigned.join("");
}
