/** The first page: its head, and below it what the README shows. */

const text = {
  en: {
    text: "asyncio for TypeScript",
    tagline:
      "CPython 3.15's names and its exact order of events, in async/await. Races are found, hangs are explained.",
    actions: ["Start in five minutes", "Tutorial", "Why tsyncio"],
    guides: "## Guides",
    features: [
      ["Cancelled at any await", "finally runs, and may wait. Nothing behind it does.", "cancellation"],
      ["Groups own their tasks", "A block ends when its tasks have ended. No task is lost.", "concepts"],
      [
        "Races are found",
        "explore runs a test in thousands of orders, and shows the smallest that breaks it.",
        "testing",
      ],
      [
        "Hangs are explained",
        "What waits, where, for what, held by which task: of any running process.",
        "debugging-running",
      ],
      ["Faster than promises", "A switch costs less than half of a native await.", "speed"],
      [
        "Fits what is there",
        "fetch, streams, fastify, hono, PostgreSQL, React; promises in both directions.",
        "existing-applications",
      ],
    ],
  },
  ko: {
    text: "TypeScript를 위한 asyncio",
    tagline: "CPython 3.15의 이름과 이벤트 순서 그대로, async/await로. 경쟁 상태를 찾고, 멈춘 이유를 설명합니다.",
    actions: ["5분 만에 시작하기", "튜토리얼", "왜 tsyncio인가"],
    guides: "## 가이드",
    features: [
      [
        "어느 await에서든 취소",
        "finally가 실행되고 그 안에서 기다릴 수도 있습니다. 그 뒤의 코드는 실행되지 않습니다.",
        "cancellation",
      ],
      ["그룹이 태스크를 책임집니다", "태스크가 모두 끝나야 블록이 끝납니다. 잃어버리는 태스크가 없습니다.", "concepts"],
      [
        "경쟁 상태를 찾습니다",
        "explore가 테스트를 수천 가지 순서로 돌려, 깨지는 가장 짧은 순서를 보여 줍니다.",
        "testing",
      ],
      [
        "멈춘 이유를 설명합니다",
        "무엇이 어디서 무엇을 기다리고, 어느 태스크가 잡고 있는지를 실행 중인 프로세스에서 봅니다.",
        "debugging-running",
      ],
      ["프로미스보다 빠릅니다", "태스크 전환 비용이 네이티브 await의 절반도 되지 않습니다.", "speed"],
      [
        "있는 코드에 들어맞습니다",
        "fetch, 스트림, fastify, hono, PostgreSQL, React. 프로미스와는 양방향으로.",
        "existing-applications",
      ],
    ],
  },
};

/** `readme` is the text of the page that the README became. */
export function homePage(language, readme, folder) {
  const { text: title, tagline, actions, guides, features } = text[language];
  const link = (page) => `/${folder}${page}`;
  const [begin, tutorial, why] = actions;
  const head = {
    layout: "home",
    hero: {
      name: "tsyncio",
      text: title,
      tagline,
      actions: [
        { theme: "brand", text: begin, link: link("start") },
        { theme: "alt", text: tutorial, link: link("tutorial") },
        { theme: "alt", text: why, link: link("why") },
      ],
    },
    features: features.map(([title, details, page]) => ({ title, details, link: link(page) })),
  };
  const body = readme
    .replace(/^# .*\n/, "")
    .replace(/ ?\[(?:English|한국어)\]\([^)]*\)/, "")
    .split(`\n${guides}`)[0];
  // YAML takes JSON.
  return `---\n${JSON.stringify(head)}\n---\n\n${body}\n`;
}
