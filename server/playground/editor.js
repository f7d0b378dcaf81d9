// A text area that behaves like an editor: indents, keeps indentation, shows colours. It stays a text area, so that undo,
// selection, spelling tools and screen readers work as everywhere.

import { paint } from "./highlight.js";

const step = "  ";

/** Makes an editor of the .editor element: a pre for the colours, a textarea for the rest. */
export function editor(element, language, onChange) {
  const picture = element.querySelector("pre");
  const area = element.querySelector("textarea");
  let leaving = false; // Esc was pressed: the next Tab goes on to the next control

  const show = () => {
    paint(picture, area.value + "\n", language);
    follow();
  };
  const follow = () => {
    picture.scrollTop = area.scrollTop;
    picture.scrollLeft = area.scrollLeft;
  };
  area.addEventListener("scroll", follow);
  area.addEventListener("input", () => {
    show();
    onChange?.();
  });
  area.addEventListener("blur", () => (leaving = false));
  area.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      leaving = true;
      return;
    }
    const leave = leaving;
    if (e.key !== "Shift") leaving = false;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.key === "Tab" && !leave) {
      e.preventDefault();
      indent(area, e.shiftKey);
    } else if (e.key === "Enter") {
      e.preventDefault();
      breakLine(area);
    } else if ((e.key === "}" || e.key === ")" || e.key === "]") && /^[ ]+$/.test(lineBefore(area))) {
      e.preventDefault();
      const before = lineBefore(area);
      replace(area, area.selectionStart - Math.min(step.length, before.length), area.selectionEnd, e.key);
    }
  });
  show();
  return {
    get text() {
      return area.value;
    },
    set text(value) {
      area.value = value;
      area.scrollTop = area.scrollLeft = 0;
      show();
      onChange?.();
    },
    get cursor() {
      return area.selectionStart;
    },
    /** Puts the cursor at a line and column, both from 1. */
    goTo(line, column) {
      const lines = area.value.split("\n");
      const at = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0) + column - 1;
      area.focus();
      area.setSelectionRange(at, at);
    },
  };
}

function lineBefore(area) {
  const before = area.value.slice(0, area.selectionStart);
  return before.slice(before.lastIndexOf("\n") + 1);
}

// insertText keeps the browser's undo; where it is gone, the text is set without.
function replace(area, from, to, text) {
  area.setSelectionRange(from, to);
  const done = text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text);
  if (!done) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function indent(area, back) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  if (start === end && !back) {
    replace(area, start, end, step);
    return;
  }
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const text = lines.map((l) => (back ? l.replace(/^ {1,2}/, "") : l && step + l)).join("\n");
  if (text === value.slice(from, end)) return;
  replace(area, from, end, text);
  if (start === end) {
    const at = Math.max(from, start - (lines[0].length - text.length));
    area.setSelectionRange(at, at);
  } else {
    area.setSelectionRange(from, from + text.length);
  }
}

function breakLine(area) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const line = lineBefore(area);
  const lead = /^ */.exec(line)[0];
  const opens = /[{([]\s*$/.test(line);
  const closes = /^\s*[})\]]/.test(value.slice(end));
  let text = "\n" + lead + (opens ? step : "");
  const at = start + text.length;
  if (opens && closes) text += "\n" + lead;
  replace(area, start, end, text);
  area.setSelectionRange(at, at);
}
