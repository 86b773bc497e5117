// npm run bench:table -- FILE [--print]: puts the figures of `npm run bench -- --json FILE` into docs/speed as ratios,
// five of them into the READMEs; those of `npm run bench -- echo connections` into docs/clients-and-servers.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { markdownTable, writeTables } from "./lib/readme.mjs";

const WORDS = {
  en: {
    head: ["one operation", "tsyncio", "ratio to native", "Effect", "Effection", "CPython"],
    memory: "memory: heap bytes a suspended task",
    bytes: "B",
    syntax: "in native syntax",
    io: {
      head: ["beside raw `node:net`, over loopback", "node:net", "protocol", "streams"],
      echo: (size) => `echo, ${size}: requests a second`,
      heap: "an idle connection: heap",
      rss: "an idle connection: memory of the process",
      perGiB: "idle connections in a GiB",
    },
    rows: {
      switch: "switch: a task passes its turn on",
      spawn_join: "spawn_join: start a task and wait for it (native: call an async function)",
      fanout: "fanout: one of 100,000 tasks at once",
      call: "call: await a coroutine that does not wait, with `coroutine`",
      "call-plain": "call, plain `function*`",
      deep: "deep: a switch under 10 frames, with `coroutine`",
      "deep-plain": "deep, plain `function*`",
      queue: "queue: an item through a bounded queue",
      for_await: "for_await: an item of an async generator",
      promise: "promise: await a native promise that is settled",
      timers: "timers: a sleep of 0 to 50 ms, 200,000 at once",
      cancel: "cancel: cancel a task that waits",
      lock: "lock: an acquisition that 100 tasks want",
      explore: "explore: one schedule of 3 tasks with 10 waits (ratio to fast-check's scheduler)",
    },
  },
  ko: {
    head: ["연산 하나", "tsyncio", "네이티브 대비", "Effect", "Effection", "CPython"],
    memory: "memory: 대기 중인 태스크 하나의 힙 바이트",
    bytes: "B",
    syntax: "네이티브 문법",
    io: {
      head: ["루프백에서 `node:net`과 비교", "node:net", "프로토콜", "스트림"],
      echo: (size) => `에코, ${size}: 초당 요청 수`,
      heap: "유휴 연결 하나의 힙",
      rss: "유휴 연결 하나의 프로세스 메모리",
      perGiB: "1 GiB에 들어가는 유휴 연결 수",
    },
    rows: {
      switch: "switch: 태스크가 차례를 한 번 양보",
      spawn_join: "spawn_join: 태스크를 하나 만들고 끝날 때까지 대기 (네이티브는 async 함수 호출)",
      fanout: "fanout: 한꺼번에 띄운 태스크 10만 개 중 하나",
      call: "call: 대기하지 않는 코루틴 호출, `coroutine` 사용",
      "call-plain": "call, 일반 `function*`",
      deep: "deep: 프레임 10개 아래에서 전환, `coroutine` 사용",
      "deep-plain": "deep, 일반 `function*`",
      queue: "queue: 크기가 제한된 큐로 항목 하나 전달",
      for_await: "for_await: 비동기 제너레이터의 항목 하나",
      promise: "promise: 이미 끝난 네이티브 프로미스를 한 번 기다림",
      timers: "timers: 0~50 ms `sleep` 하나, 동시에 20만 개",
      cancel: "cancel: 대기 중인 태스크 하나 취소",
      lock: "lock: 태스크 100개가 다투는 락 획득 한 번",
      explore: "explore: 태스크 3개가 모두 10번 대기하는 스케줄 하나 (fast-check의 scheduler 대비)",
    },
  },
};

const args = process.argv.slice(2);
const files = args.filter((arg) => !arg.startsWith("-"));
const unknown = args.filter((arg) => arg.startsWith("-") && arg !== "--print");
if (files.length !== 1 || unknown.length > 0) {
  console.error(
    "Usage: npm run bench:table -- FILE [--print]\n\nFILE is what `npm run bench -- --json FILE` has written.",
  );
  console.error("--print: only prints the table.");
  process.exit(2);
}
// npm runs scripts in the root folder; INIT_CWD is where it was called.
const figures = JSON.parse(readFileSync(resolve(process.env.INIT_CWD ?? ".", files[0]), "utf8"));
const isIo = (workload) => workload.startsWith("echo-") || workload === "connections" || workload === "offload";
const computing = Object.entries(figures).filter(([workload]) => !isIo(workload));

/** What the READMEs show. */
const SHOWN = ["switch", "call", "deep", "queue", "cancel"];
if (computing.length > 0) {
  show("bench", { en: tableIn("en"), ko: tableIn("ko") }, { en: "docs/speed.md", ko: "docs/speed.ko.md" });
  const brief = computing.filter(([workload]) => SHOWN.includes(workload));
  show("bench", { en: briefTableIn("en", brief), ko: briefTableIn("ko", brief) });
}
if (figures["echo-1k"] !== undefined || figures.connections !== undefined) {
  const pages = { en: "docs/clients-and-servers.md", ko: "docs/clients-and-servers.ko.md" };
  show("bench-io", { en: ioTableIn("en"), ko: ioTableIn("ko") }, pages);
}

/** Prints a table, and puts it into the files, the READMEs. */
function show(name, tables, files) {
  console.log(tables.en);
  if (args.includes("--print")) return;
  const changed = writeTables(name, tables, files);
  console.error(changed.length === 0 ? "\nThis table is there already." : `\nWritten into ${changed.join(", ")}.`);
}

/** Requests and memory: of node:net as they are, of tsyncio as ratios to it. */
function ioTableIn(language) {
  const { io, bytes } = WORDS[language];
  const cells = (label, { node, protocol, streams }, show) => [
    label,
    show(node),
    `**${figure2(protocol / node)}**`,
    `**${figure2(streams / node)}**`,
  ];
  const number = (value) => Number(value.toPrecision(3)).toLocaleString("en-US");
  const rows = Object.entries(figures)
    .filter(([workload]) => workload.startsWith("echo-"))
    .map(([workload, figure]) => cells(io.echo(workload.replace(/^echo-(\d+)k$/, "$1 KiB")), figure, number));
  if (figures.connections === undefined) return markdownTable([io.head, ...rows]);
  for (const what of ["heap", "rss"]) {
    const { node, protocol, streams } = figures.connections;
    const figure = { node: node[what], protocol: protocol[what], streams: streams[what] };
    rows.push(cells(io[what], figure, (value) => `${number(value)} ${bytes}`));
  }
  const counts = ["node", "protocol", "streams"].map((kind) => number(figures.connections[kind].perGiB));
  return markdownTable([io.head, ...rows, [io.perGiB, ...counts]]);
}

function tableIn(language) {
  const words = WORDS[language];
  const rows = [];
  for (const [workload, figure] of computing) {
    if (workload === "memory") {
      const bytes = [figure.tsyncio, figure.effect, figure.effection, figure.asyncio].map((value) =>
        whole(value, words),
      );
      rows.push([words.memory, bytes[0], times(figure.tsyncio, figure.native), ...bytes.slice(1)]);
      continue;
    }
    if (workload === "explore") {
      // Schedules a second, of other systems.
      const [own, peer] = [figure.tsyncio, figure["fast-check"]].map((value) => 1e9 / value);
      rows.push(row(words.rows.explore, own, peer, ["–", "–", "–"]));
      continue;
    }
    const peers = [figure.effect, figure.effection, figure.asyncio].map((value) => times(value, figure.native));
    rows.push(row(words.rows[workload] ?? workload, figure.tsyncio, figure.native, peers));
    const plain = figure["tsyncio-plain"];
    if (plain !== undefined) rows.push(row(words.rows[`${workload}-plain`] ?? workload, plain, figure.native, peers));
    const syntax = figure["tsyncio-native"];
    if (syntax !== undefined) rows.push(row(`${workload}, ${words.syntax}`, syntax, figure.native, peers));
  }
  return markdownTable([words.head, ...rows]);
}

/** One row a workload. */
function briefTableIn(language, rows) {
  const words = WORDS[language];
  const cells = rows.map(([workload, figure]) => {
    const peers = [figure.effect, figure.effection, figure.asyncio].map((value) => times(value, figure.native));
    return row(words.rows[workload] ?? workload, figure.tsyncio, figure.native, peers);
  });
  return markdownTable([words.head, ...cells]);
}

function row(label, own, native, peers) {
  return [label, own === undefined ? "–" : `${figure3(own)} ns`, `**${times(own, native)}**`, ...peers];
}

function times(value, native) {
  return value === undefined || native === undefined ? "–" : figure2(value / native);
}

/** Two significant figures, and not more than the measurement is worth. */
function figure2(value) {
  return value >= 10 ? Math.round(value).toLocaleString("en-US") : value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

function figure3(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}

function whole(value, words) {
  return value === undefined ? "–" : `${Math.round(value).toLocaleString("en-US")} ${words.bytes}`;
}
