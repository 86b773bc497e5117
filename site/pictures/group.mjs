/** A run, recorded: the tasks of a group whose second one fails. */
import { asyncWith, ExceptionGroup, getRunningLoop, run, sleep, TaskGroup, virtualLoop } from "tsyncio";
import { Picture } from "./picture.mjs";

const words = {
  en: {
    title: "The block of a TaskGroup: one task fails, the others are cancelled and clean up, then the block ends",
    seconds: "s",
    fails: "throws",
    cleans: "finally",
    block: "the block of the group",
    raises: "ExceptionGroup",
  },
  ko: {
    title: "TaskGroup의 블록: 태스크 하나가 실패하면 나머지는 취소되어 정리하고, 그다음 블록이 끝남",
    seconds: "초",
    fails: "예외",
    cleans: "finally",
    block: "그룹의 블록",
    raises: "ExceptionGroup",
  },
};

async function record() {
  const events = [];
  const note = (task, what) => events.push({ task, what, time: getRunningLoop().time() });
  function* child(name, seconds, fails) {
    note(name, "begin");
    try {
      yield* sleep(seconds);
      if (fails) throw new Error(name);
    } finally {
      note(name, fails ? "fail" : "finally");
      if (!fails) yield* sleep(0.8);
      note(name, "end");
    }
  }
  function* main() {
    note("main", "begin");
    yield* sleep(0.3);
    note("main", "enter");
    try {
      yield* asyncWith(new TaskGroup(), function* (group) {
        group.createTask(child("a", 4, false));
        group.createTask(child("b", 1.5, true));
        yield* sleep(0.6);
        group.createTask(child("c", 5, false));
      });
    } catch (error) {
      if (!(error instanceof ExceptionGroup)) throw error;
      note("main", "leave");
    }
    yield* sleep(0.4);
    note("main", "end");
  }
  await run(main(), { loopFactory: virtualLoop });
  return events;
}

export async function group(language) {
  const word = words[language];
  const events = await record();
  const [left, scale, top, row] = [80, 170, 50, 46];
  const at = (task, what) => events.find((event) => event.task === task && event.what === what)?.time;
  const x = (time) => left + time * scale;
  const picture = new Picture(Math.ceil(x(at("main", "end"))) + 30, 262, word.title);
  for (let second = 0; second <= at("main", "end"); second++) {
    picture.text(x(second), 24, `${second} ${word.seconds}`, { anchor: "middle", size: 12, fill: "faint" });
    picture.line(
      [
        [x(second), 30],
        [x(second), 236],
      ],
      { dashed: true },
    );
  }
  picture.box(x(at("main", "enter")), top - 8, (at("main", "leave") - at("main", "enter")) * scale, row * 4 + 4, {
    stroke: "wait",
  });
  picture.text(x(at("main", "enter")) + 8, top + row * 4 + 12, word.block, { size: 12, fill: "faint" });
  for (const [i, task] of ["main", "a", "b", "c"].entries()) {
    const y = top + i * row;
    picture.text(20, y + 20, task, { mono: true, bold: true });
    const [begin, end] = [at(task, "begin"), at(task, "end")];
    const until = at(task, "finally") ?? at(task, "fail") ?? end;
    picture.box(x(begin), y + 4, (until - begin) * scale, 22, { fill: task === "main" ? "wait" : "run", radius: 4 });
    if (at(task, "finally") !== undefined) {
      picture.box(x(until), y + 4, (end - until) * scale, 22, { stroke: "stop", fill: "paper", radius: 4 });
      picture.text(x((until + end) / 2), y + 20, word.cleans, { anchor: "middle", mono: true, size: 12 });
    }
    if (at(task, "fail") !== undefined) {
      picture.circle(x(until), y + 15, 7, "stop");
      picture.text(x(until) + 14, y + 20, word.fails, { size: 12, fill: "stop" });
    }
  }
  const leave = x(at("main", "leave"));
  picture.circle(leave, top + 15, 7, "stop");
  picture.text(leave - 14, top + 44, word.raises, { anchor: "end", mono: true, size: 12, fill: "stop" });
  return picture;
}
