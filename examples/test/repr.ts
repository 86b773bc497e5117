/** Values as Python's print() shows them, so that the output of an example can be compared with CPython's. */

/** `print(*values)`: the arguments of a `console.log` as one line. */
export function printed(values: unknown[]): string {
  const text = values.map((value) => (typeof value === "string" ? value : repr(value))).join(" ");
  // The repr of a task names addresses and files in CPython; a state is enough.
  return text.replace(/<Task (\w+) .*>/, "<Task $1>");
}

function repr(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (value instanceof Set) return `{${[...value].map(repr).join(", ")}}`;
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${repr(k)}: ${repr(v)}`).join(", ")}}`;
  if (value instanceof Error) return `${value.name}(${repr(value.message)})`;
  return String(value);
}
