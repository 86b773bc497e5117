/**
 * The words of a text: `asyncio.create_task` is create_task, create and task; `createTask` is createtask, create and
 * task. The browser gets this function as text: it must need nothing from outside.
 */
export function tokenize(text) {
  const words = [];
  for (const [name] of text.matchAll(/[\p{L}\p{M}\p{N}_$]+/gu)) {
    words.push(name);
    const parts = name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}\p{N}]+|[\p{L}\p{N}]+/gu) ?? [];
    if (parts.length > 1) words.push(...parts);
  }
  return words;
}
