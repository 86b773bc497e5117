/** Whether data that were read from a file are what they should be: the file may be cut off, edited, or another one. */

/** Null if the value is right; else what is wrong with it, beginning with where: `.tasks[3].name must be …`. */
export type Check = (value: unknown) => string | null;

const shown = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 40);

const rule =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? null : ` must be ${what}, got ${shown(value)}`;

export const isText: Check = rule("a string", (value) => typeof value === "string");
export const isTrue: Check = rule("true", (value) => value === true);
export const isFlag: Check = rule("true or false", (value) => typeof value === "boolean");

export const isNumber = (least: number, most: number): Check =>
  rule(`a number from ${least} to ${most}`, (value) => typeof value === "number" && value >= least && value <= most);

export const isWhole = (least = 0, most: number = Number.MAX_SAFE_INTEGER): Check =>
  rule(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  );

export const isOneOf = (...all: readonly unknown[]): Check =>
  rule(all.map(shown).join(" or "), (one) => all.includes(one));

export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);

/** A field that may be missing. */
export const orMissing =
  (check: Check): Check =>
  (value) =>
    value === undefined ? null : check(value);

export const isList =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return ` must be an array, got ${shown(value)}`;
    for (let i = 0; i < value.length; i++) {
      const wrong = check(value[i]);
      if (wrong !== null) return `[${i}]${wrong}`;
    }
    return null;
  };

/** Other fields may be there too. */
export const hasFields = (fields: Readonly<Record<string, Check>>): Check => {
  const entries = Object.entries(fields);
  return (value) => {
    if (typeof value !== "object" || value === null) return ` must be an object, got ${shown(value)}`;
    for (const [name, check] of entries) {
      const wrong = check((value as Record<string, unknown>)[name]);
      if (wrong !== null) return `.${name}${wrong}`;
    }
    return null;
  };
};
