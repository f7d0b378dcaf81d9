// What stands around the question: the tabs and the theme.

import { keep, recall } from "./memory.js";

const $ = (id) => document.getElementById(id);

/** Makes the tabs of the side panel work; onSelect is told the id of the one that is chosen. */
export function setUpTabs(onSelect) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const select = (tab) => {
    for (const t of tabs) {
      t.setAttribute("aria-selected", t === tab);
      t.tabIndex = t === tab ? 0 : -1;
      $(t.getAttribute("aria-controls")).hidden = t !== tab;
    }
    keep("tab", tab.id);
    onSelect(tab.id);
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (e) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[e.key];
      if (to === undefined) return;
      const next = tabs[(to + tabs.length) % tabs.length];
      select(next);
      next.focus();
    });
  });
  select($(recall("tab", "")) ?? tabs[0]);
}

/** Makes the theme button work: as the system has it, light, dark. */
export function setUpTheme() {
  const themes = ["system", "light", "dark"];
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = "Theme: " + theme;
    keep("theme", theme);
  };
  set(themes.includes(recall("theme")) ? recall("theme") : "system");
  $("theme").addEventListener("click", () => set(themes[(themes.indexOf(recall("theme", "system")) + 1) % 3]));
}
