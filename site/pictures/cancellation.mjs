/** A run, recorded: which tasks a cancellation has reached. */
import { createTask, gather, isCancelled, run, shield, sleep, virtualLoop } from "tsyncio";
import { Picture } from "./picture.mjs";

const words = {
  en: {
    title: "What a cancellation reaches: down along what is awaited, not through a shield, and no other task",
    cancel: "request.cancel()",
    awaits: "awaits",
    shield: "shield",
    cancelled: "cancelled",
    ends: "goes on, ends",
  },
  ko: {
    title: "취소가 미치는 범위: 기다리는 것을 따라 아래로. shield 너머와 다른 태스크에는 미치지 않음",
    cancel: "request.cancel()",
    awaits: "기다림",
    shield: "shield",
    cancelled: "취소됨",
    ends: "계속 실행되어 끝남",
  },
};

async function record() {
  const tasks = {};
  const start = (name, coro) => {
    tasks[name] = createTask(coro, { name });
    return tasks[name];
  };
  function* main() {
    function* request() {
      yield* gather(start("user", sleep(1)), start("orders", orders()), shield(start("audit", sleep(1))));
    }
    function* orders() {
      yield* start("query", sleep(1));
    }
    start("request", request());
    start("other", sleep(1));
    yield* sleep(0.5);
    tasks.request.cancel();
    yield* sleep(2);
    try {
      yield* tasks.request;
    } catch (error) {
      if (!isCancelled(error)) throw error;
    }
  }
  await run(main(), { loopFactory: virtualLoop });
  return Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, task.cancelled()]));
}

const places = {
  request: [290, 70],
  user: [70, 170],
  orders: [290, 170],
  audit: [510, 170],
  query: [290, 270],
  other: [70, 70],
};

export async function cancellation(language) {
  const word = words[language];
  const cancelled = await record();
  const picture = new Picture(680, 340, word.title);
  const node = (name) => {
    const [x, y] = places[name];
    picture.box(x, y, 130, 50, { stroke: cancelled[name] ? "stop" : "good", fill: "paper" });
    picture.text(x + 65, y + 21, name, { anchor: "middle", mono: true, bold: true });
    const [outcome, fill] = cancelled[name] ? [word.cancelled, "stop"] : [word.ends, "good"];
    picture.text(x + 65, y + 40, outcome, { anchor: "middle", size: 12, fill });
  };
  const edge = (from, to, note, stroke, dashed) => {
    const [[fx, fy], [tx, ty]] = [places[from], places[to]];
    const points = [
      [fx + 65, fy + 50],
      [tx + 65, ty - 2],
    ];
    picture.arrow(points, { stroke, dashed });
    const side = Math.sign(tx - fx);
    const anchor = side < 0 ? "end" : "start";
    picture.text((fx + tx) / 2 + 65 + (side || 0.7) * 10, (fy + 50 + ty) / 2 + 4 - Math.abs(side) * 10, note, {
      anchor,
      size: 12,
      fill: "faint",
    });
  };
  picture.text(355, 22, word.cancel, { anchor: "middle", mono: true, fill: "stop" });
  picture.arrow(
    [
      [355, 30],
      [355, 68],
    ],
    { stroke: "stop" },
  );
  edge("request", "user", word.awaits, "stop");
  edge("request", "orders", word.awaits, "stop");
  edge("request", "audit", word.shield, "wait", true);
  edge("orders", "query", word.awaits, "stop");
  for (const name of Object.keys(places)) node(name);
  return picture;
}
