// The only script of the frame: starts workers and ends them. It runs no program itself.
let source = "";
const workers = new Map();

addEventListener("message", ({ source: from, data, ports: [port] }) => {
  if (from !== parent || data === null) return;
  const { script, begin, end } = data;
  if (script !== undefined) source = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  if (begin !== undefined) {
    const worker = new Worker(source);
    workers.set(begin, worker);
    worker.postMessage(null, [port]);
  }
  if (end !== undefined) {
    workers.get(end)?.terminate();
    workers.delete(end);
  }
});
