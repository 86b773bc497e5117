/** The list is generated code without types. */
declare module "oxc-parser/visitorKeys" {
  const visitorKeys: Readonly<Record<string, readonly string[]>>;
  export default visitorKeys;
}

/** The script of the worker for types: see typeHelp.ts of this package. */
declare module "virtual:type-help" {
  export const url: string;
  /** In bytes: what it has, and what hosts that compress send. */
  export const size: { readonly bytes: number; readonly compressed: number };
}

/** The texts of all declarations, by the path at which TypeScript finds them. */
declare module "virtual:type-files" {
  const files: Readonly<Record<string, string>>;
  export default files;
}
