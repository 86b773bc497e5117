// Headless Chromium: a page from a server on 127.0.0.1 runs the bundle and posts the result back.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { endWithUs, limit } from "./process.mjs";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--js-flags=--expose-gc",
];

export async function runInChromium(work, here) {
  const program = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(program)) {
    throw new Error(`${program} is not there. Install Debian's package chromium, or set CHROMIUM to its path.`);
  }
  const profile = mkdtempSync(join(tmpdir(), "tsyncio-chromium-"));
  const page = await serve(work, here);
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, page.url], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const release = endWithUs(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      // A machine without a desktop makes it complain of D-Bus, over and over.
      const told = text
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.includes("/dbus/") && !line.includes(":dbus/"));
      output = [output, ...told].join("\n").slice(-4000);
    });
  }
  const gone = new Promise((resolve) => {
    child.on("error", (error) => resolve(String(error)));
    child.on("close", (code, signal) => resolve(`it ended with ${code ?? signal}`));
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, limit, `no result after ${limit / 60_000} minutes`);
  });
  const fallen = Promise.race([gone, late]).then((why) => ({ broken: `${why} in ${page.where()}\n${output}` }));
  try {
    return await Promise.race([page.outcome, fallen]);
  } finally {
    clearTimeout(timer);
    page.close();
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await gone;
    clearTimeout(killer);
    release();
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
};

/**
 * `tsyncio/net` imports Node's builtins. Its StreamReader, which the portable tests use, needs none of them: page.html
 * has one object that stands in for all, and for the globals of such a module. No line moves.
 */
function withoutBuiltins(source) {
  let globals = "const { process, Buffer } = nodeBuiltins;";
  return source.replaceAll(/^import \{([^}\n]*)\} from "node:[\w/]+";$/gm, (_, names) => {
    const line = `${globals}const {${names.replaceAll(" as ", ": ")}} = nodeBuiltins;`;
    globals = "";
    return line;
  });
}

/** Serves the page, the bundle and the cases, and hears the page's posts. */
async function serve(work, here) {
  let where = "the start";
  let settle;
  const outcome = new Promise((resolve) => {
    settle = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      let body = "";
      for await (const text of request.setEncoding("utf8")) body += text;
      response.end();
      if (request.url === "/progress") where = body;
      if (request.url === "/result") settle(JSON.parse(body));
      if (request.url === "/broken") settle({ broken: `${body}\nin ${where}` });
      return;
    }
    const { pathname } = new URL(request.url, "http://x");
    const path = pathname === "/" ? join(here, "page.html") : join(work, pathname);
    if (!existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    const type = types[/\.\w+$/.exec(path)?.[0]] ?? "text/plain";
    const content = readFileSync(path);
    response
      .writeHead(200, { "content-type": type })
      .end(type === types[".js"] ? withoutBuiltins(content.toString()) : content);
  });
  answerWebSockets(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    outcome,
    where: () => where,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * What browser/webSocket.mjs talks to: an echo, which sends 5,000 messages for "flood", and closes for "close CODE".
 */
function answerWebSockets(server) {
  const sockets = new WebSocketServer({ server, path: "/echo" });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      const text = isBinary ? "" : data.toString();
      if (text === "flood") for (let i = 0; i < 5000; i++) socket.send(`${i}`);
      else if (text.startsWith("close ")) socket.close(Number(text.slice(6)), "why");
      else socket.send(isBinary ? data : text);
    });
  });
}
