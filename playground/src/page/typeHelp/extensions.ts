/** What TypeScript knows, in the editor: errors, the type under the pointer, completions. */

import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from "@codemirror/autocomplete";
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, hoverTooltip, keymap, showTooltip, type Tooltip, ViewPlugin } from "@codemirror/view";
import type { Offer, Problem } from "../../types/service.ts";
import { make } from "../dom.ts";
import type { TypeClient } from "./client.ts";

/** How long after a key, in milliseconds, types are checked. */
const PAUSE = 300;

export interface Listeners {
  /** All errors in the text that the editor has now. */
  readonly onErrors: (errors: readonly Problem[]) => void;
  /** There are no answers any more. */
  readonly onFailure: () => void;
}

export function typeExtensions(client: TypeClient, listeners: Listeners): Extension {
  return [
    checks(client, listeners),
    hoverTooltip((view, at) => typeAt(client, view, at)),
    shownByKey,
    keymap.of([
      { key: "Mod-k Mod-i", run: (view) => showType(client, view) },
      { key: "Escape", run: hideType },
    ]),
    autocompletion({ override: [(context) => completions(client, context)] }),
  ];
}

/** Checks the types, and again after each change. */
function checks(client: TypeClient, { onErrors, onFailure }: Listeners): Extension {
  return ViewPlugin.define((view) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const check = async (): Promise<void> => {
      const { doc } = view.state;
      try {
        const errors = await client.ask("errors", doc.toString());
        // Of an older text: the change has set the timer.
        if (!ended && view.state.doc.eq(doc)) onErrors(errors);
      } catch {
        if (!ended) onFailure();
      }
    };
    const soon = (milliseconds: number): void => {
      clearTimeout(timer);
      timer = setTimeout(check, milliseconds);
    };
    soon(0);
    return {
      update: ({ docChanged }) => {
        if (docChanged) soon(PAUSE);
      },
      destroy: () => {
        ended = true;
        clearTimeout(timer);
      },
    };
  });
}

async function typeAt(client: TypeClient, view: EditorView, at: number): Promise<Tooltip | null> {
  const { doc } = view.state;
  const found = await client.ask("hover", doc.toString(), at).catch(() => null);
  if (found === null || !view.state.doc.eq(doc)) return null;
  return { pos: found.from, end: found.to, above: true, create: () => ({ dom: described(found) }) };
}

const show = StateEffect.define<Tooltip | null>();

/** The type at the cursor, until the cursor moves or the text changes. */
const shownByKey = StateField.define<Tooltip | null>({
  create: () => null,
  update: (shown, { effects, docChanged, selection }) => {
    for (const effect of effects) if (effect.is(show)) return effect.value;
    return docChanged || selection !== undefined ? null : shown;
  },
  provide: (field) => showTooltip.from(field),
});

function showType(client: TypeClient, view: EditorView): boolean {
  void typeAtCursor(client, view).then((tooltip) => view.dispatch({ effects: show.of(tooltip) }));
  return true;
}

/** Of the name that begins at the cursor, or ends there. */
async function typeAtCursor(client: TypeClient, view: EditorView): Promise<Tooltip | null> {
  const { head } = view.state.selection.main;
  return (await typeAt(client, view, head)) ?? typeAt(client, view, Math.max(head - 1, 0));
}

function hideType(view: EditorView): boolean {
  if (view.state.field(shownByKey, false) == null) return false;
  view.dispatch({ effects: show.of(null) });
  return true;
}

async function completions(client: TypeClient, context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w$]+/);
  const member = context.matchBefore(/\.\s*/);
  if (word === null && member === null && !context.explicit) return null;
  const text = context.state.doc.toString();
  const offers = await client.ask("offers", text, context.pos).catch(() => []);
  if (context.aborted || offers.length === 0) return null;
  const options = offers.map((offer) => option(client, offer, text, context.pos));
  return { from: word?.from ?? context.pos, options, validFor: /^[\w$]*$/ };
}

function option(client: TypeClient, offer: Offer, text: string, at: number): Completion {
  const details = (text: string, at: number) => client.ask("details", text, at, offer).catch(() => null);
  const { name, kind, boost, source } = offer;
  return {
    label: name,
    type: kind,
    boost,
    ...(source === null ? {} : { detail: source }),
    info: async () => {
      const found = await details(text, at);
      return found === null ? null : described(found);
    },
    ...(source === null ? {} : { apply: (view, completion, from, to) => void imported(view, completion, from, to) }),
  };

  /** In one change, so that undo takes both back. */
  async function imported(view: EditorView, completion: Completion, from: number, to: number): Promise<void> {
    const { doc } = view.state;
    const found = await details(doc.toString(), to);
    if (!view.state.doc.eq(doc)) return;
    const changes = view.state.changes([...(found?.changes ?? []), { from, to, insert: name }]);
    const selection = { anchor: changes.mapPos(to, 1) };
    view.dispatch({
      changes,
      selection,
      userEvent: "input.complete",
      annotations: pickedCompletion.of(completion),
    });
  }
}

function described({ signature, documentation }: { signature: string; documentation: string }): HTMLElement {
  const element = make("div", "described", make("code", "signature", signature), make("p", "", documentation));
  element.setAttribute("role", "status"); // read aloud
  element.tabIndex = 0; // it scrolls: keys must reach it, too
  return element;
}
