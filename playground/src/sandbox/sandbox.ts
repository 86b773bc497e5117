/**
 * Where programs run: in workers of a frame that has an origin of its own and no network. The frame is made of a text,
 * not of a file: a file could be framed by a page that is not ours, without the sandbox, and would then have our
 * origin.
 */

import { type Order, readTold, type Told } from "../protocol.ts";
import frameScript from "./frame.js?raw";

/** Workers inherit it: nothing is loaded from anywhere, but modules that the worker has made itself. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:";
const PAGE = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><script>${frameScript}</script>`;
/** By what the runtime's own lines are known in a stack, and left out of it. */
const SCRIPT_NAME = "\n//# sourceURL=/tsyncio/dist/worker.js";

export class Sandbox {
  private readonly window: Window;
  private next = 1;

  private constructor(frame: HTMLIFrameElement) {
    this.window = frame.contentWindow as Window;
  }

  /** Adds the frame to the document. `script` is that of the workers. */
  static async create(script: Promise<string>): Promise<Sandbox> {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.setAttribute("aria-hidden", "true");
    frame.title = "sandbox";
    frame.hidden = true;
    frame.srcdoc = PAGE;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    const [text] = await Promise.all([script, loaded]);
    const sandbox = new Sandbox(frame);
    sandbox.tell({ script: text + SCRIPT_NAME });
    return sandbox;
  }

  /** A new worker, which waits for its order. */
  begin(): Session {
    const number = this.next++;
    const { port1, port2 } = new MessageChannel();
    this.tell({ begin: number }, [port2]);
    return new Session(port1, () => this.tell({ end: number }));
  }

  private tell(message: object, transfer: Transferable[] = []): void {
    // The frame's origin is opaque: there is no other way to name it.
    this.window.postMessage(message, "*", transfer);
  }
}

/** One worker, for one program. */
export class Session {
  private readonly port: MessagePort;
  private readonly terminate: () => void;

  constructor(port: MessagePort, terminate: () => void) {
    this.port = port;
    this.terminate = terminate;
  }

  run(order: Order, listener: (told: Told) => void): void {
    this.port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const told = readTold(data);
      if (told !== null) listener(told);
    };
    this.port.postMessage(order);
  }

  /** Ends the worker, whatever it does. Nothing is heard of it after that. */
  end(): void {
    this.port.onmessage = null;
    this.port.close();
    this.terminate();
  }
}
