/** The button that turns type help on and off, and the line that says what has become of it. */

import { size } from "virtual:type-help";
import type { Problem } from "../../types/service.ts";
import { find } from "../dom.ts";
import type { Editor } from "../editor.ts";
import { follow, texts } from "../language.ts";
import { recall, remember } from "../settings.ts";
import { Status } from "../status.ts";
import { TypeClient } from "./client.ts";
import { typeExtensions } from "./extensions.ts";

export class TypeHelp {
  private readonly editor: Editor;
  private readonly button = find<HTMLButtonElement>("types");
  private readonly progress = find<HTMLProgressElement>("types-progress");
  private readonly hint = find("types-hint");
  private readonly status = new Status("types-status", () => "");
  /** Ends what is on, or is loading; null while it is off. */
  private turnedOn: AbortController | null = null;

  /** It is on if it was when the user left. */
  constructor(editor: Editor) {
    this.editor = editor;
    this.button.addEventListener("click", () => {
      const on = this.turnedOn === null;
      remember("types", on ? "on" : "off");
      if (on) void this.turnOn();
      else this.turnOff();
    });
    follow(() => this.progress.setAttribute("aria-label", texts().typesLoading(megabytes)));
    // Not before the first program can run.
    if (recall("types", ["on", "off"]) === "on") requestIdleCallback(() => void this.turnOn());
  }

  private async turnOn(): Promise<void> {
    if (this.turnedOn !== null) return;
    const turnedOn = new AbortController();
    const { signal } = turnedOn;
    this.turnedOn = turnedOn;
    this.show();
    this.progress.value = 0;
    this.progress.hidden = false;
    this.status.say((texts) => texts.typesLoading(megabytes));
    try {
      const client = await TypeClient.load((part) => {
        if (!signal.aborted) this.progress.value = part;
      }, signal);
      if (signal.aborted) return client.end();
      signal.addEventListener("abort", () => client.end());
      this.status.say((texts) => texts.typesChecking);
      const onErrors = (errors: readonly Problem[]) => this.hear(errors);
      this.editor.extend(typeExtensions(client, { onErrors, onFailure: () => this.fail() }));
    } catch {
      if (!signal.aborted) this.fail();
    } finally {
      if (!signal.aborted) this.progress.hidden = true;
    }
  }

  private turnOff(): void {
    this.turnedOn?.abort();
    this.turnedOn = null;
    this.progress.hidden = true;
    this.editor.extend([]);
    this.editor.markTypes([]);
    this.status.say(() => "");
    this.show();
  }

  private fail(): void {
    this.turnOff();
    this.status.say((texts) => texts.typesFailed);
  }

  private hear(errors: readonly Problem[]): void {
    this.editor.markTypes(errors);
    const lines = errors.map(({ from }) => this.editor.lineAt(from));
    const [first] = lines;
    this.status.say((texts) => (first === undefined ? texts.noTypeErrors : texts.typeErrors(errors.length, first)));
  }

  private show(): void {
    const on = this.turnedOn !== null;
    this.button.setAttribute("aria-pressed", String(on));
    this.hint.hidden = !on;
  }
}

/** To load, compressed. */
const megabytes = (size.compressed / 1e6).toFixed(1);
