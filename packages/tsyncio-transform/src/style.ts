/**
 * How the output is written. The rules write code as people do; `packed`, for machines, is the same without what takes
 * room, so that a line stays a line and columns stay where they can. `readable` is for people: `--print`.
 */

export type Style = "packed" | "readable";

const TOKENS =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\*[\s\S]*?\*\/|(yield\*)\s+|;\s*(?=\})|(\s+)(?=["'])|\s*([{}()=;,<>?:&|+])\s*|\s+/g;

/** The code without the white space that it does not need. Texts and comments stay as they are. */
export function pack(code: string): string {
  if (!/\s/.test(code)) return code;
  return code.replace(TOKENS, (token, delegate?: string, gap?: string, punctuation?: string) => {
    if (delegate !== undefined) return delegate;
    if (gap !== undefined) return "";
    if (punctuation !== undefined) return punctuation;
    if (token.startsWith(";")) return "";
    if (token.trim() !== "") return token;
    return token.includes("\n") ? "" : " ";
  });
}
