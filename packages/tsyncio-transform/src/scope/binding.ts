/** What a name means. */

import type { Node } from "../ast/nodes.ts";

export type BindingKind = "import" | "function" | "class" | "const" | "variable" | "parameter" | "catch" | "namespace";

export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The function, the class or the initializer; null where it is not known. */
  readonly value: Node | null;
  /** Of an import: the module, and the name there: `*` for all of it. */
  readonly source: string;
  readonly imported: string;
  /** How often the name is declared in its scope: overloads and merged declarations count. */
  declarations: number;
  /** How often it is assigned to, besides its initializer. */
  writes: number;
  /** The places where it is read or written, in the order of the text. */
  readonly references: Node[];
}

/** True if the name means `value` forever. */
export function isConstant(binding: Binding): boolean {
  if (binding.writes > 0 || binding.declarations > 1) return false;
  return (
    binding.kind === "const" || binding.kind === "function" || binding.kind === "class" || binding.kind === "import"
  );
}

export class Scope {
  readonly outer: Scope | null;
  /** True where `var` declares: functions, static blocks, namespaces, the module. */
  readonly holdsVars: boolean;
  private readonly bindings = new Map<string, Binding>();

  constructor(outer: Scope | null, holdsVars: boolean) {
    this.outer = outer;
    this.holdsVars = holdsVars;
  }

  declare(name: string, kind: BindingKind, value: Node | null = null, source = "", imported = ""): void {
    const known = this.bindings.get(name);
    if (known !== undefined) {
      known.declarations += 1;
      return;
    }
    this.bindings.set(name, { name, kind, value, source, imported, declarations: 1, writes: 0, references: [] });
  }

  find(name: string): Binding | null {
    return this.bindings.get(name) ?? this.outer?.find(name) ?? null;
  }

  forVars(): Scope {
    return this.holdsVars || this.outer === null ? this : this.outer.forVars();
  }
}
