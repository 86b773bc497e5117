// VitePress's configuration. What the build has found out (titles, the sidebars of the reference) is in .cache/plan.json.
import { readFileSync } from "node:fs";
import { tokenize } from "../lib/search.mjs";
import { slugify } from "../lib/slug.mjs";
import { languages, navigation, words } from "../navigation.mjs";

const plan = JSON.parse(readFileSync(new URL("../.cache/plan.json", import.meta.url), "utf8"));

function sidebar(language) {
  const prefix = `/${languages[language].folder}`;
  return navigation.map(([name, ...pages]) => ({
    text: name[language],
    items: pages.map(([page, title]) => ({ text: title[language], link: `${prefix}${page}` })),
  }));
}

function locale(language) {
  const { code, label, folder } = languages[language];
  const { guide, tutorial, reference, playground, description, prints, search, ...theme } = words[language];
  const prefix = `/${folder}`;
  return {
    label,
    lang: code,
    description,
    themeConfig: {
      ...theme,
      nav: [
        { text: guide, link: `${prefix}start`, activeMatch: "^/(ko/)?(?!reference|tutorial|ko/$|$)" },
        { text: tutorial, link: `${prefix}tutorial` },
        { text: reference, link: `${prefix}reference/`, activeMatch: "/reference/" },
        // Built by itself: the browser must leave this application for it.
        ...(plan.playground ? [{ text: playground, link: "/playground/index.html", target: "_self" }] : []),
      ],
      sidebar: { [prefix]: sidebar(language), ...plan.reference[language] },
    },
  };
}

export default {
  title: "tsyncio",
  srcDir: ".cache/pages",
  outDir: "dist",
  cacheDir: ".cache/vitepress",
  base: plan.base,
  metaChunk: true, // else each page has a copy of all sidebars
  locales: { root: locale("en"), ko: locale("ko") },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${plan.base}logo.svg` }]],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify },
    headers: { slugify },
    languageAlias: { console: "shellsession" },
  },
  themeConfig: {
    logo: "/logo.svg",
    outline: [2, 3],
    externalLinkIcon: true,
    search: {
      provider: "local",
      options: {
        locales: { ko: { translations: words.ko.search } },
        // A name of asyncio below a heading is found, and shown, as a part of that heading.
        _render: (source, env, md) =>
          md
            .render(source, env)
            .replace(/(<a class="header-anchor"[^>]*>.*?<\/a><\/h\d>)\s*<p class="asyncio">(.*?)<\/p>/gs, " · $2$1"),
        miniSearch: {
          options: { tokenize },
          searchOptions: { fuzzy: 0.1, prefix: true, boost: { title: 6, titles: 2, text: 1 } },
        },
      },
    },
  },
  vite: { publicDir: new URL("../public", import.meta.url).pathname, logLevel: "warn" },
};
