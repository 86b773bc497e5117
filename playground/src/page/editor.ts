/** The editor: CodeMirror, with the errors of the last run on their lines. */

import { javascript } from "@codemirror/lang-javascript";
import { syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { basicSetup } from "codemirror";

/** Of changes that the page makes, not the user. */
const byPage = Annotation.define<boolean>();

export interface LineError {
  readonly line: number;
  readonly message: string;
}

export class Editor {
  private readonly view: EditorView;
  private readonly label = new Compartment();

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

  mark(errors: readonly LineError[]): void {
    const { state } = this.view;
    const diagnostics = errors.map(({ line, message }): Diagnostic => {
      const { from, to } = state.doc.line(Math.min(line, state.doc.lines));
      return { from, to, severity: "error", message };
    });
    this.view.dispatch(setDiagnostics(state, diagnostics));
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
