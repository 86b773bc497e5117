// VitePress's configuration. What the build has found out (titles, the sidebars of the reference) is in
// .cache/plan.json.
import { readFileSync } from "node:fs";
import { koreanOf } from "../lib/languages.mjs";
import { tokenize } from "../lib/search.mjs";
import { slugify } from "../lib/slug.mjs";
import { languages, navigation, words } from "../navigation.mjs";

const plan = JSON.parse(readFileSync(new URL("../.cache/plan.json", import.meta.url), "utf8"));

function sidebar(language) {
  const prefix = `/${languages[language].folder}`;
  const more = plan.more.length === 0 ? [] : [[{ [language]: words[language].more }, ...plan.more]];
  return [...navigation, ...more].map(([name, ...pages]) => ({
    text: name[language],
    items: pages.map(([page, title]) => ({ text: title[language], link: `${prefix}${page}` })),
  }));
}

function locale(language) {
  const { code, label, folder } = languages[language];
  const { guide, more, tutorial, reference, playground, description, search, ...theme } = words[language];
  const prefix = `/${folder}`;
  return {
    label,
    lang: code,
    description,
    themeConfig: {
      ...theme,
      nav: [
        { text: guide, link: `${prefix}start`, activeMatch: "^/(?:ko/)?(?!ko/|reference|tutorial|$)" },
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
            .replace(/(<a class="header-anchor"[^>]*>[^<]*<\/a><\/h\d>)\s*<p class="asyncio">(.*?)<\/p>/gs, " · $2$1"),
        miniSearch: {
          options: { tokenize },
          searchOptions: { fuzzy: 0.1, prefix: true, boost: { title: 6, titles: 2, text: 1 } },
        },
      },
    },
  },
  transformHtml(html, _file, { page }) {
    const path = page.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, ".html");
    return html.replaceAll(`href="${plan.base}ko/${path}"`, `href="${plan.base}ko/${koreanOf(path)}"`);
  },
  vite: { publicDir: new URL("../public", import.meta.url).pathname, logLevel: "warn" },
};
