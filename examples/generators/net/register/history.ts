// Whether the clients of a register saw what one variable in one place could have shown them.
import type { Coroutine } from "tsyncio";

interface Operation {
  readonly client: string;
  readonly kind: "read" | "write";
  /** What was written, or what was read. */
  value: string | null;
  /** Places in the order of all beginnings and ends. */
  readonly began: number;
  ended: number;
}

/** Notes when each operation begins and ends. */
export class History {
  private readonly operations: Operation[] = [];
  private places = 0;

  *read(client: string, read: Coroutine<string | null>): Coroutine<void> {
    const operation = this.begin(client, "read", null);
    operation.value = yield* read;
    operation.ended = this.places++;
  }

  *write(client: string, value: string, write: Coroutine<void>): Coroutine<void> {
    const operation = this.begin(client, "write", value);
    yield* write;
    operation.ended = this.places++;
  }

  /**
   * Throws unless the operations can be put in a row in which each read returns what was written last, and no operation
   * stands before one that had ended when it began: linearizability, after Herlihy and Wing.
   */
  check(): void {
    if (!canGoOn(this.operations, null, new Set())) {
      throw new Error(`not linearizable:\n${this}`);
    }
  }

  toString(): string {
    const width = 4;
    const lines = this.operations.map(({ client, kind, value, began, ended }) => {
      const end = ended === Number.POSITIVE_INFINITY ? this.places : ended;
      const bar = `${" ".repeat(began * width)}├${"─".repeat((end - began) * width - 1)}${ended === end ? "┤" : "╌"}`;
      return `  ${client.padEnd(8)} ${kind.padEnd(5)} ${String(value).padEnd(6)} ${bar}`;
    });
    return lines.join("\n");
  }

  private begin(client: string, kind: "read" | "write", value: string | null): Operation {
    const operation: Operation = { client, kind, value, began: this.places++, ended: Number.POSITIVE_INFINITY };
    this.operations.push(operation);
    return operation;
  }
}

/** Tries each operation that may be the next of the row. A write that has not ended may have had its effect, or not. */
function canGoOn(left: readonly Operation[], value: string | null, seen: Set<string>): boolean {
  const ended = left.filter((operation) => operation.ended !== Number.POSITIVE_INFINITY);
  if (ended.length === 0) return true;
  const state = `${value} ${left.map((operation) => operation.began).join(" ")}`;
  if (seen.has(state)) return false;
  seen.add(state);
  const firstEnd = Math.min(...ended.map((operation) => operation.ended));
  return left.some((operation) => {
    if (operation.began > firstEnd) return false;
    const others = left.filter((other) => other !== operation);
    if (operation.kind === "write") return canGoOn(others, operation.value, seen);
    return operation.ended !== Number.POSITIVE_INFINITY && operation.value === value && canGoOn(others, value, seen);
  });
}
