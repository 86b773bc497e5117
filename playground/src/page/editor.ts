/** The editor: CodeMirror, with the errors of the last run on their lines, and those of the types. */

import { javascript } from "@codemirror/lang-javascript";
import { syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, forEachDiagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { basicSetup } from "codemirror";

/** Of changes that the page makes, not the user. */
const byPage = Annotation.define<boolean>();

/** What errors of types are told from those of a run by; shown with them. */
const TYPES = "TypeScript";

export interface LineError {
  readonly line: number;
  readonly message: string;
}

export class Editor {
  private readonly view: EditorView;
  private readonly label = new Compartment();
  private readonly extension = new Compartment();

  /** `onRun`: Ctrl+Enter, Cmd+Enter on a Mac. `onEdit`: the user has changed the text. */
  constructor(parent: HTMLElement, { onRun, onEdit }: { onRun: () => void; onEdit: () => void }) {
    const run = (): boolean => {
      onRun();
      return true;
    };
    // Tab is not bound: it goes on to the next element, as everywhere in a page.
    const keys = Prec.highest(
      keymap.of([
        { key: "Mod-Enter", run },
        { key: "Ctrl-Enter", run },
      ]),
    );
    this.view = new EditorView({
      parent,
      extensions: [
        keys,
        basicSetup,
        javascript({ typescript: true }),
        syntaxHighlighting(classHighlighter),
        lintGutter(),
        EditorState.tabSize.of(2),
        EditorView.updateListener.of(({ transactions }) => {
          if (transactions.some((one) => one.docChanged && one.annotation(byPage) !== true)) onEdit();
        }),
        this.label.of([]),
        this.extension.of([]),
      ],
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Undo brings the former text back. */
  replace(text: string): void {
    const { state } = this.view;
    const changes = { from: 0, to: state.doc.length, insert: text };
    this.view.dispatch({ changes, selection: { anchor: 0 }, scrollIntoView: true, annotations: byPage.of(true) });
    this.mark([]);
  }

  /** The errors of a run: they move with their lines. */
  mark(errors: readonly LineError[]): void {
    const { state } = this.view;
    const diagnostics = errors.map(({ line, message }): Diagnostic => {
      const { from, to } = state.doc.line(Math.min(line, state.doc.lines));
      return { from, to, severity: "error", message };
    });
    this.setMarks(diagnostics, ({ source }) => source === TYPES);
  }

  markTypes(errors: readonly Diagnostic[]): void {
    const diagnostics = errors.map((error) => ({ ...error, source: TYPES }));
    this.setMarks(diagnostics, ({ source }) => source !== TYPES);
  }

  /** With those that `keeps` is true for, where they are now. */
  private setMarks(diagnostics: Diagnostic[], keeps: (one: Diagnostic) => boolean): void {
    const { state } = this.view;
    forEachDiagnostic(state, (one, from, to) => {
      if (keeps(one)) diagnostics.push({ ...one, from, to });
    });
    this.view.dispatch(setDiagnostics(state, diagnostics));
  }

  /** Replaces what the editor was extended with before. */
  extend(extension: Extension): void {
    this.view.dispatch({ effects: this.extension.reconfigure(extension) });
  }

  lineAt(offset: number): number {
    return this.view.state.doc.lineAt(offset).number;
  }

  /** Moves the cursor to that line, and the focus to the editor. */
  goTo(line: number): void {
    const { from } = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this.view.focus();
  }

  setLabel(label: string): void {
    this.view.dispatch({
      effects: this.label.reconfigure(EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" })),
    });
  }
}
