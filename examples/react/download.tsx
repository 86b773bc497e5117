"use tsyncio";
/**
 * A download with its progress. Cancel, and leaving the page of it, end the request; the next one begins when it has
 * ended.
 */

import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { fromReadableStream, taskSignal } from "tsyncio";
import { useTask } from "tsyncio/react";

interface Progress {
  readonly received: number;
  readonly total: number;
}

async function download(url: string, onProgress: (progress: Progress) => void): Promise<Blob> {
  const response = await fetch(url, { signal: taskSignal() });
  if (!response.ok || response.body === null) throw new Error(`The server says ${response.status}.`);
  const total = Number(response.headers.get("content-length"));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let received = 0;
  for await (const chunk of fromReadableStream(response.body)) {
    chunks.push(chunk);
    received += chunk.length;
    onProgress({ received, total });
  }
  return new Blob(chunks);
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;

function Download() {
  const [progress, setProgress] = useState<Progress | null>(null);
  const { run, cancel, state, value, error } = useTask(
    async () => {
      try {
        return await download("/api/file", setProgress);
      } finally {
        setProgress(null);
      }
    },
    { mode: "drop" },
  );
  const running = state === "running";
  return (
    <>
      <button type="button" disabled={running} onClick={() => run()}>
        Download
      </button>
      <button type="button" disabled={!running} onClick={() => cancel()}>
        Cancel
      </button>
      {running && <progress max={progress?.total ?? 1} value={progress?.received ?? 0} />}
      <p role="status">
        {running && (progress ? `${megabytes(progress.received)} of ${megabytes(progress.total)}` : "Connecting …")}
        {state === "done" && value && `Done: ${megabytes(value.size)}`}
        {state === "cancelled" && "Cancelled"}
      </p>
      {state === "failed" && <p role="alert">{String(error)}</p>}
    </>
  );
}

function App() {
  const [open, setOpen] = useState(true);
  return (
    <>
      <h1>A large file</h1>
      {open && <Download />}
      <p>
        <label>
          <input type="checkbox" checked={open} onChange={({ target }) => setOpen(target.checked)} /> Show the download
        </label>
      </p>
    </>
  );
}

const app = document.getElementById("app");
if (app !== null) {
  createRoot(app).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
