/** A file for each language. */
type Files<L extends string> = Readonly<Record<L, string>>;

export const READMES: Files<"en" | "ko">;
export function markdownTable(rows: readonly (readonly string[])[]): string;
export function writeTables<L extends string>(name: string, tables: Files<L>, files: Files<L>): string[];
export function differingTables<L extends string>(name: string, tables: Files<L>, files: Files<L>): string[];
