/** What the handlers of the page have done, by the row that was clicked. */

type Log = (line: string) => void;

export const logs: Record<string, string[]> = {};

export function logOf(target: EventTarget | null): Log {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  if (row === null) throw new Error("the event has no row");
  const name = row.dataset.row as string;
  logs[name] ??= [];
  const log = logs[name];
  return (line) => log.push(line);
}

export const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
