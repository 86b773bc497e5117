export interface Manifest {
  name: string;
  [field: string]: unknown;
}
export const packages: string[];
export function manifestOf(name: string): Manifest;
export function extras(name: string): Map<string, string>;
export function brokenLinks(path: string, text: string, has: (path: string) => boolean): string[];
