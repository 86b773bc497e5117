/**
 * Whether the module of this `import.meta` is the program that was started, and not imported. From Node 24 on that is
 * `import.meta.main`.
 */
export function isMain(meta: ImportMeta): boolean {
  const { main, filename } = meta as { main?: boolean; filename?: string };
  return main ?? (filename !== undefined && filename === globalThis.process?.argv[1]);
}
