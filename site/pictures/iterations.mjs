/** A run of a small program, recorded: which task ran in which iteration of the loop, and what woke it. */
import { addInstrument, createTask, Future, getRunningLoop, removeInstrument, run, sleep, virtualLoop } from "tsyncio";
import { Picture } from "./picture.mjs";

const words = {
  en: {
    title: "Steps of three tasks, by iteration of the loop",
    iteration: "iteration",
    wakes: "an arrow: the task makes or wakes another one, which runs in the next iteration",
    timer: "timer",
  },
  ko: {
    title: "루프의 반복마다 실행된 세 태스크의 단계",
    iteration: "반복",
    wakes: "화살표: 다른 태스크를 만들거나 깨움. 그 태스크는 다음 반복에서 실행됨",
    timer: "타이머",
  },
};

/** The program of the picture, which stands in the page too. */
async function record() {
  const steps = [];
  const wakes = [];
  let iteration = 0;
  let current = null;
  const instrument = {
    taskCreated: (task) => void (current && wakes.push({ from: current, to: task, iteration })),
    stepBegan(task) {
      current = task;
      steps.push({ task: task.getName(), iteration, time: task.getLoop().time() });
    },
    stepEnded() {
      current = null;
    },
    woken: (task, _future, by) => void wakes.push({ from: by, to: task, iteration }),
  };

  function* main() {
    const loop = getRunningLoop();
    const count = () => {
      iteration++;
      if (!ended) loop.callSoon(count);
    };
    let ended = false;
    loop.callSoon(count);
    const door = new Future();
    const guest = createTask(
      (function* () {
        yield* door;
        yield* sleep(0);
      })(),
      { name: "guest" },
    );
    const host = createTask(
      (function* () {
        yield* sleep(0);
        door.setResult("open");
      })(),
      { name: "host" },
    );
    yield* guest;
    yield* host;
    ended = true;
    removeInstrument(instrument); // what run() does at its end is none of the program
  }

  addInstrument(instrument);
  await run(main(), { loopFactory: virtualLoop });
  return {
    steps,
    wakes: wakes.map(({ from, to, iteration }) => ({ from: from?.getName(), to: to.getName(), iteration })),
  };
}

export async function iterations(language) {
  const word = words[language];
  const { steps, wakes } = await record();
  const tasks = [...new Set(steps.map(({ task }) => task))];
  const [left, top, column, row] = [110, 56, 96, 56];
  const last = Math.max(...steps.map(({ iteration }) => iteration));
  const width = left + (last + 1) * column + 20;
  const picture = new Picture(width, top + tasks.length * row + 40, word.title);
  const x = (iteration) => left + iteration * column;
  const y = (task) => top + tasks.indexOf(task) * row;
  picture.text(20, 30, word.iteration, { size: 12, fill: "faint" });
  for (let i = 0; i <= last; i++) {
    picture.text(x(i) + 30, 30, i + 1, { anchor: "middle", bold: true });
    picture.line(
      [
        [x(i) - 18, 40],
        [x(i) - 18, top + tasks.length * row],
      ],
      { dashed: true },
    );
  }
  for (const task of tasks) picture.text(20, y(task) + 24, task === "Task-1" ? "main" : task, { mono: true });
  for (const { task, iteration } of steps) picture.box(x(iteration), y(task) + 4, 60, 30, { fill: "run" });
  for (const { from, to, iteration } of wakes) {
    const next = steps.find((step) => step.task === to && step.iteration > iteration);
    if (from === undefined || next === undefined) continue;
    picture.arrow([
      [x(iteration) + 60, y(from) + 19],
      [x(next.iteration) - 2, y(to) + 19],
    ]);
  }
  picture.text(20, top + tasks.length * row + 24, word.wakes, { size: 12, fill: "faint" });
  return picture;
}
