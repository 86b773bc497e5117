/** The order in which the program fails, step by step. */

import type { Step } from "../protocol.ts";
import { find, make } from "./dom.ts";
import { texts } from "./language.ts";

export class RaceView {
  private readonly section = find("failing");
  private readonly steps = find("steps");
  private readonly report = find("report");

  clear(): void {
    this.section.hidden = true;
    this.steps.replaceChildren();
    this.report.textContent = "";
  }

  show(steps: readonly Step[], report: string): void {
    this.section.hidden = false;
    this.report.textContent = report;
    for (const { seconds, task, what, deviates, leftOut } of steps) {
      if (leftOut > 0) this.steps.append(make("li", "left-out", `… (${texts().leftOut})`));
      const step = make("li", deviates ? "deviates" : "");
      step.append(make("span", "at", `${seconds.toFixed(2)} s`), " ", make("b", "", task), " ", what);
      if (deviates) step.append(" ", make("em", "", `← ${texts().deviates}`));
      this.steps.append(step);
    }
  }
}
