/** The states of a task, and what leads from one to another. */
import { Picture } from "./picture.mjs";

const words = {
  en: {
    title: "The life of a task: ready, running, waiting, and one of three ends",
    ready: "ready",
    readyNote: "in the loop's queue",
    running: "running",
    runningNote: "one at a time",
    waiting: "waiting",
    waitingNote: "for a future",
    turn: "its turn comes",
    awaits: "await",
    woken: "the future is done",
    cancel: "cancel()",
    ends: ["result", "exception", "cancelled"],
    notes: ["return", "throw", "CancelledError"],
  },
  ko: {
    title: "태스크의 생애: 준비, 실행, 대기, 그리고 세 가지 끝",
    ready: "준비",
    readyNote: "루프의 큐에 있음",
    running: "실행",
    runningNote: "한 번에 하나만",
    waiting: "대기",
    waitingNote: "퓨처를 기다림",
    turn: "차례가 옴",
    awaits: "await",
    woken: "퓨처가 완료됨",
    cancel: "cancel()",
    ends: ["결과", "예외", "취소됨"],
    notes: ["return", "throw", "CancelledError"],
  },
};

export function lifeOfATask(language) {
  const word = words[language];
  const picture = new Picture(790, 270, word.title);
  const state = (x, y, name, note, stroke) => {
    picture.box(x, y, 130, 54, { stroke, fill: "paper" });
    picture.text(x + 65, y + 24, name, { anchor: "middle", size: 15, bold: true });
    picture.text(x + 65, y + 43, note, { anchor: "middle", size: 12, fill: "faint" });
  };
  picture.text(10, 77, "createTask()", { mono: true });
  picture.arrow([
    [110, 72],
    [136, 72],
  ]);
  state(138, 45, word.ready, word.readyNote, "wait");
  picture.arrow([
    [270, 72],
    [376, 72],
  ]);
  picture.text(323, 63, word.turn, { anchor: "middle", size: 12, fill: "faint" });
  state(378, 45, word.running, word.runningNote, "run");
  state(258, 185, word.waiting, word.waitingNote, "wait");
  picture.arrow([
    [430, 101],
    [430, 212],
    [390, 212],
  ]);
  picture.text(438, 160, word.awaits, { mono: true });
  picture.arrow([
    [256, 212],
    [203, 212],
    [203, 101],
  ]);
  picture.text(195, 155, word.woken, { anchor: "end", size: 12, fill: "faint" });
  picture.text(195, 175, word.cancel, { anchor: "end", mono: true, size: 12, fill: "stop" });
  for (const [i, end] of word.ends.entries()) {
    const y = 24 + i * 62;
    const stroke = ["good", "stop", "stop"][i];
    picture.box(666, y, 112, 40, { stroke, fill: "paper", radius: 20 });
    picture.text(722, y + 25, end, { anchor: "middle", bold: true });
    picture.arrow([
      [510, 72],
      [544, 72],
      [544, y + 20],
      [664, y + 20],
    ]);
    picture.text(602, y + 13, word.notes[i], { anchor: "middle", mono: true, size: 12, fill: "faint" });
  }
  return picture;
}
