/**
 * Where a page is in Korean. The pages of the reference and those of sources are in English only: their Korean is the
 * list of the entry point, and the first page. `path` has neither base nor language:
 * reference/tsyncio/functions/gather.html.
 */
export function koreanOf(path) {
  if (/^(?:source|project)\//.test(path)) return "";
  return path.replace(/^(reference\/.+)\/(?:classes|functions|interfaces|type-aliases|variables)\/[^/]+$/, "$1/");
}
