import { useRoute } from "vitepress";
import Theme from "vitepress/theme";
import { nextTick, onMounted, watch } from "vue";
import { koreanOf } from "../../lib/languages.mjs";
import "./style.css";

export default {
  extends: Theme,
  enhanceApp({ router, siteData }) {
    // The switch of languages leads to the same path, where not each page is.
    router.onBeforeRouteChange = (to) => {
      const korean = `${siteData.value.base}ko/`;
      if (!to.startsWith(korean)) return true;
      const page = to.slice(korean.length);
      if (koreanOf(page) === page) return true;
      router.go(korean + koreanOf(page));
      return false;
    };
  },
  setup() {
    // The theme's first page has no <main>, for which screen readers look.
    const mark = () => nextTick(() => document.querySelector(".VPHome")?.setAttribute("role", "main"));
    const route = useRoute();
    onMounted(mark);
    watch(() => route.path, mark);
  },
};
