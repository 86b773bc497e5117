// The order of the guides, and their short names. A page of docs/ that has no place here stands at the end, with its
// title.

export const languages = {
  en: { code: "en-US", label: "English", suffix: ".md", folder: "", readme: "README.md" },
  ko: { code: "ko-KR", label: "한국어", suffix: ".ko.md", folder: "ko/", readme: "README.ko.md" },
};

/** Groups of the sidebar: the names of the group, then its pages with theirs. */
export const navigation = [
  [
    { en: "Begin", ko: "시작하기" },
    ["start", { en: "Start", ko: "시작" }],
    ["tutorial", { en: "Tutorial", ko: "튜토리얼" }],
    ["concepts", { en: "Concepts", ko: "개념" }],
    ["cookbook", { en: "Cookbook", ko: "쿡북" }],
    ["why", { en: "Why tsyncio", ko: "왜 tsyncio인가" }],
  ],
  [
    { en: "Language", ko: "언어" },
    ["async-await", { en: "async/await", ko: "async/await" }],
    ["cancellation", { en: "Cancellation", ko: "취소" }],
  ],
  [
    { en: "Beside other code", ko: "다른 코드와 함께" },
    ["existing-applications", { en: "Existing applications", ko: "기존 애플리케이션" }],
    ["native-code", { en: "Native code", ko: "네이티브 코드" }],
    ["callbacks-and-events", { en: "Callbacks, events, retries, limits", ko: "콜백, 이벤트, 재시도, 동시 실행 제한" }],
    ["react", { en: "React", ko: "React" }],
  ],
  [
    { en: "Networks and data", ko: "네트워크와 데이터" },
    ["clients-and-servers", { en: "Clients and servers", ko: "클라이언트와 서버" }],
    ["http-server", { en: "HTTP servers", ko: "HTTP 서버" }],
    ["http-client", { en: "HTTP client", ko: "HTTP 클라이언트" }],
    ["websocket", { en: "WebSockets", ko: "웹소켓" }],
    ["databases", { en: "Databases", ko: "데이터베이스" }],
    ["subprocesses", { en: "Subprocesses", ko: "서브프로세스" }],
  ],
  [
    { en: "More processors", ko: "더 많은 프로세서" },
    ["blocking-work", { en: "Threads and processes", ko: "스레드와 프로세스" }],
    ["many-machines", { en: "Many machines", ko: "여러 머신" }],
  ],
  [
    { en: "Finding faults", ko: "결함 찾기" },
    ["testing", { en: "Testing", ko: "테스트" }],
    ["debugging", { en: "Debugging", ko: "디버깅" }],
    ["debugging-running", { en: "A running program", ko: "실행 중인 프로그램" }],
    ["opentelemetry", { en: "OpenTelemetry", ko: "OpenTelemetry" }],
    ["bugs", { en: "Known bugs, found", ko: "찾아낸 알려진 버그" }],
  ],
  [
    { en: "Facts", ko: "자료" },
    ["asyncio-names", { en: "Every name of asyncio", ko: "asyncio의 모든 이름" }],
    ["differences", { en: "Differences from CPython", ko: "CPython과 다른 점" }],
    ["production", { en: "Production bundles", ko: "프로덕션 번들" }],
    ["speed", { en: "Speed", ko: "속도" }],
  ],
];

/** Words of the site itself. */
export const words = {
  en: {
    guide: "Guide",
    more: "More",
    tutorial: "Tutorial",
    reference: "Reference",
    playground: "Playground",
    description: "Python's asyncio in TypeScript",
  },
  ko: {
    guide: "가이드",
    more: "그 밖에",
    tutorial: "튜토리얼",
    reference: "레퍼런스",
    playground: "플레이그라운드",
    description: "TypeScript로 옮긴 Python asyncio",
    outline: { label: "이 페이지의 내용" },
    docFooter: { prev: "이전", next: "다음" },
    darkModeSwitchLabel: "테마",
    lightModeSwitchTitle: "밝은 테마로",
    darkModeSwitchTitle: "어두운 테마로",
    sidebarMenuLabel: "메뉴",
    returnToTopLabel: "맨 위로",
    langMenuLabel: "언어",
    skipToContentLabel: "본문으로 건너뛰기",
    notFound: {
      title: "페이지를 찾을 수 없습니다",
      quote: "주소를 확인하거나 첫 페이지에서 다시 찾아보세요.",
      linkLabel: "첫 페이지로",
      linkText: "첫 페이지로",
    },
    search: {
      button: { buttonText: "검색", buttonAriaLabel: "검색" },
      modal: {
        displayDetails: "자세히 보기",
        resetButtonTitle: "지우기",
        backButtonTitle: "닫기",
        noResultsText: "결과가 없습니다:",
        footer: {
          selectText: "선택",
          selectKeyAriaLabel: "Enter",
          navigateText: "이동",
          navigateUpKeyAriaLabel: "위쪽 화살표",
          navigateDownKeyAriaLabel: "아래쪽 화살표",
          closeText: "닫기",
          closeKeyAriaLabel: "Esc",
        },
      },
    },
  },
};
