/** Child processes, as the system sees them. */

import { readdirSync, readFileSync } from "node:fs";

/** The processes that this one has made; none where the system has no list of them. */
export function children(): number[] {
  try {
    const files = readdirSync("/proc/self/task").map((id) => readFileSync(`/proc/self/task/${id}/children`, "utf8"));
    return files.join(" ").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
