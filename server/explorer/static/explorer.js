// What the pages can do beyond what they say: find names as one types, narrow by dragging over a timeline, move and grow a picture.
// Every page works without this file; with it, links and forms still do what they do without. It also stands in pages that were taken away,
// where there is no server to ask.

const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const say = (key, ...args) => args.reduce((s, a) => s.replace(/%[sd]/, () => a), words[key] ?? key);
const offline = document.querySelector("meta[http-equiv]") !== null;
const svgns = "http://www.w3.org/2000/svg";

function element(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

function shape(name, attributes = {}) {
  const e = document.createElementNS(svgns, name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}

// Pages within the page.

let asked = 0;

/** Puts what another URL says into this page; whatever goes wrong, the browser goes there instead. */
async function load(url, { push = true, focus } = {}) {
  const mine = ++asked;
  document.querySelector("main").setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return; // asked for something else meanwhile
    const main = page.querySelector("main");
    if (!main || !answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error("no page");
    const y = scrollY;
    if (push) history.pushState(null, "", url);
    document.title = page.title;
    document.querySelector("main").replaceWith(main);
    document.querySelector(".foot")?.replaceWith(page.querySelector(".foot"));
    start(main);
    scrollTo({ top: y, behavior: "instant" });
    if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
  } catch {
    if (mine === asked) location.href = url;
  }
}

addEventListener("popstate", () => load(location.href, { push: false }));

/** Narrows the page to what a filter's form says. */
function filters(main) {
  for (const form of main.querySelectorAll("form.filter")) {
    if (!main.querySelector("[data-answer]")) continue;
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      const values = new URLSearchParams([...new FormData(form)].filter(([, v]) => v !== ""));
      load(new URL(form.action).pathname + (values.size ? "?" + values : ""), { focus: "form.filter button" });
    });
  }
}

// Timelines.

function timelines(main) {
  for (const figure of main.querySelectorAll("[data-timeline]")) {
    const svg = figure.querySelector(".bars");
    const bars = [...svg.querySelectorAll(".hit")];
    let from = -1, to = -1, brush = null;
    const at = (e) => {
      const box = svg.getBoundingClientRect();
      const x = ((e.clientX - box.left) / box.width) * 1000;
      const i = bars.findIndex((b) => x < +b.getAttribute("x") + +b.getAttribute("width"));
      return i < 0 ? bars.length - 1 : i;
    };
    const draw = () => {
      const [a, b] = [Math.min(from, to), Math.max(from, to)];
      const x = +bars[a].getAttribute("x");
      brush.setAttribute("x", x);
      brush.setAttribute("width", +bars[b].getAttribute("x") + +bars[b].getAttribute("width") - x);
    };
    svg.addEventListener("pointerdown", (e) => {
      if (e.button !== 0 || bars.length === 0) return;
      from = to = at(e);
    });
    svg.addEventListener("pointermove", (e) => {
      if (from < 0) return;
      const now = at(e);
      if (!brush && now === from) return;
      if (!brush) {
        svg.setPointerCapture(e.pointerId);
        brush = shape("rect", { class: "brush", y: 0, height: 120 });
        svg.append(brush);
      }
      to = now;
      draw();
    });
    const end = (narrowed) => {
      if (brush && narrowed) {
        const [a, b] = [Math.min(from, to), Math.max(from, to)];
        narrow(main, bars[a].dataset.from, bars[b].dataset.to);
      }
      if (!narrowed || !offline) brush?.remove();
      from = -1;
      if (!offline) brush = null;
    };
    svg.addEventListener("pointerup", () => end(true));
    svg.addEventListener("pointercancel", () => end(false));
    figure.addEventListener("click", (e) => {
      const link = e.target.closest("a");
      if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
      const hit = link.querySelector(".hit");
      if (offline) {
        const query = new URL(link.href?.baseVal ?? link.href, "http://x").searchParams;
        e.preventDefault();
        narrow(main, hit?.dataset.from ?? query.get("from"), hit?.dataset.to ?? query.get("to"));
      } else {
        e.preventDefault();
        load(link.href?.baseVal ?? link.href);
      }
    });
    svg.addEventListener("dragstart", (e) => e.preventDefault());
  }
}

/** Narrows the page to a span of days: by asking the server, or in a page that was taken away by hiding what lies outside. */
function narrow(main, from, to) {
  if (!offline) {
    const url = new URL(location.href);
    for (const name of ["after", "before"]) url.searchParams.delete(name);
    url.searchParams.set("from", from);
    url.searchParams.set("to", to);
    url.hash = "";
    load(url.pathname + url.search);
    return;
  }
  let shown = 0;
  for (const row of main.querySelectorAll(".events > li")) {
    const inside = (!row.dataset.to || row.dataset.to >= from) && (!row.dataset.from || row.dataset.from <= to);
    row.hidden = !inside;
    shown += inside;
  }
  let note = main.querySelector("#narrowed");
  if (!note) {
    note = element("p", { id: "narrowed", class: "notice", role: "status" });
    main.querySelector(".events")?.before(note);
  }
  const all = element("button", { type: "button" }, say("js all"));
  all.addEventListener("click", () => {
    for (const row of main.querySelectorAll(".events > li")) row.hidden = false;
    main.querySelector(".brush")?.remove();
    note.remove();
  });
  note.replaceChildren(`${from} – ${to}: ${shown} `, all);
}

// Names, as one types.

let finder = 0;

function finders(root) {
  for (const input of root.querySelectorAll("input[type=search], input[data-find-id]")) {
    const list = element("ul", { class: "found", role: "listbox", id: `found-${++finder}`, "aria-label": say("js found") });
    list.hidden = true;
    const host = input.parentElement;
    host.classList.add("host");
    host.append(list);
    for (const [key, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", autocomplete: "off" })) input.setAttribute(key, value);
    let timer, chosen = -1, turn = 0;
    const close = () => {
      list.hidden = true;
      chosen = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = (i) => {
      chosen = (i + list.children.length) % list.children.length;
      [...list.children].forEach((li, j) => li.setAttribute("aria-selected", j === chosen));
      input.setAttribute("aria-activedescendant", list.children[chosen].id);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    };
    const take = (li) => {
      if (input.hasAttribute("data-find-id")) {
        const before = input.hasAttribute("data-list") ? input.value.split(",").slice(0, -1).map((s) => s.trim()) : [];
        input.value = [...before, li.dataset.id].join(", ");
        close();
        input.focus();
      } else {
        location.href = li.dataset.href;
      }
    };
    const ask = async () => {
      const mine = ++turn;
      const text = (input.hasAttribute("data-list") ? input.value.split(",").pop() : input.value).trim();
      if (text.length < 2) return close();
      try {
        const answer = await fetch("/search?q=" + encodeURIComponent(text));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (mine !== turn || document.activeElement !== input) return;
        const hits = [...page.querySelectorAll(".hits li")].slice(0, 8);
        list.replaceChildren(...hits.map((hit, i) => {
          const link = hit.querySelector("a");
          const type = hit.querySelector("small")?.textContent.split("·")[0].trim() ?? "";
          const name = element("bdi", {}, link.textContent);
          const li = element("li", { role: "option", id: `${list.id}-${i}`, "aria-selected": "false", "data-href": link.getAttribute("href"),
            "data-id": decodeURIComponent(new URL(link.href, location.href).pathname.split("/").pop()) }, name, " ", element("small", {}, type));
          li.addEventListener("pointerdown", (e) => { e.preventDefault(); take(li); });
          return li;
        }));
        list.hidden = hits.length === 0;
        chosen = -1;
        input.setAttribute("aria-expanded", String(hits.length > 0));
      } catch {
        close(); // the form still works
      }
    };
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (e) => {
      if (list.hidden) return;
      if (e.key === "ArrowDown") { e.preventDefault(); choose(chosen + 1); }
      else if (e.key === "ArrowUp") { e.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
      else if (e.key === "Escape") { e.preventDefault(); close(); }
    });
    input.form?.addEventListener("submit", (e) => { // Enter
      if (list.hidden || chosen < 0) return;
      e.preventDefault();
      take(list.children[chosen]);
    });
  }
}

// Pictures of who talked to whom.

const most = 500; // nodes; more stay no longer smooth
const atOnce = 25; // nodes that expanding one adds

class Picture {
  constructor(figure) {
    this.figure = figure;
    this.svg = figure.querySelector("svg");
    this.nodes = new Map();
    this.edges = new Map();
    this.undos = [];
    this.dirty = new Set();
    const box = this.svg.viewBox.baseVal;
    this.box = { x: box.x, y: box.y, w: box.width, h: box.height };
    this.whole = { ...this.box };
    for (const el of this.svg.querySelectorAll(".node")) this.adopt(el);
    for (const el of this.svg.querySelectorAll(".edges line")) this.join(el.dataset.a, el.dataset.b, el);
    this.tools();
    this.pointer();
    this.pinch();
    this.keys();
  }

  adopt(el) {
    const at = el.transform.baseVal.consolidate().matrix;
    const n = { id: el.dataset.id, el, x: at.e, y: at.f, home: [at.e, at.f], edges: [], pinned: false, name: el.querySelector("title").textContent.replace(/[\u2068\u2069]|: [\d.,]+$/g, "") };
    this.nodes.set(n.id, n);
    el.addEventListener("focus", () => this.point(n));
    el.addEventListener("pointerenter", () => this.point(n));
    return n;
  }

  join(a, b, el) {
    const e = { a: this.nodes.get(a), b: this.nodes.get(b), el };
    if (!e.a || !e.b) return;
    this.edges.set(`${a}~${b}`, e);
    e.a.edges.push(e);
    e.b.edges.push(e);
  }

  /** Says what expanding a node would add, before anybody does. */
  point(n) {
    this.at = n;
    const adds = +n.el.dataset.adds;
    this.status.textContent = adds > 0 ? say("js adds", n.name, adds, n.el.dataset.talks) : n.name;
    this.expandButton.disabled = offline || !(adds > 0) || this.nodes.size >= most;
  }

  tools() {
    const button = (key, act) => {
      const b = element("button", { type: "button", "data-tool": key }, say("js " + key));
      b.addEventListener("click", act);
      return b;
    };
    this.status = element("output", { "aria-live": "polite" });
    this.expandButton = button("expand", () => this.at && this.expand(this.at));
    this.expandButton.disabled = true;
    const bar = element("div", { class: "tools", role: "toolbar", "aria-label": say("js picture") },
      button("zoom in", () => this.zoom(1 / 1.3)), button("zoom out", () => this.zoom(1.3)), button("reset", () => this.reset()),
      button("pin", () => this.at && this.pin(this.at)), button("undo", () => this.undo()), this.expandButton, button("png", () => this.png()), this.slider(), this.status);
    this.svg.before(bar);
    this.figure.querySelector("figcaption").append(" ", say("js help"));
  }

  /** A slider through the years; what has no talk around the year that is chosen fades. */
  slider() {
    const years = (el) => [el.dataset.first, el.dataset.last].map((d) => parseInt(d, 10));
    const all = [...this.edges.values()].flatMap((e) => years(e.el)).filter((y) => !Number.isNaN(y));
    const [first, last] = [Math.min(...all), Math.max(...all)];
    if (!(last > first)) return "";
    const input = element("input", { type: "range", min: first - 1, max: last, value: first - 1, step: 1 });
    const shown = element("output", {}, say("js any year"));
    input.addEventListener("input", () => {
      const year = +input.value;
      shown.textContent = year < first ? say("js any year") : String(year);
      const near = new Set();
      for (const e of this.edges.values()) {
        const [from, to] = years(e.el);
        const inside = year < first || (!(from > year) && !(to < year));
        e.el.classList.toggle("faded", !inside);
        if (inside) near.add(e.a).add(e.b);
      }
      for (const n of this.nodes.values()) n.el.classList.toggle("faded", year >= first && !near.has(n));
    });
    return element("label", {}, say("js year") + " ", input, " ", shown);
  }

  pointer() {
    let held = null, start = null, moved = false;
    const here = (e) => {
      const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
      return [p.x, p.y];
    };
    this.svg.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      held = this.nodes.get(e.target.closest(".node")?.dataset.id) ?? this.svg;
      if (e.pointerType === "touch" && (held === this.svg || !e.isPrimary)) { held = null; return; } // it scrolls the page, or two fingers zoom
      moved = false;
      start = { at: here(e), box: { ...this.box }, from: held.id ? [held.x, held.y] : null };
    });
    this.svg.addEventListener("pointermove", (e) => {
      if (!held) return;
      const [x, y] = here(e);
      if (!moved && Math.hypot(x - start.at[0], y - start.at[1]) < 4) return;
      if (!moved) this.svg.setPointerCapture(e.pointerId);
      moved = true;
      if (held === this.svg) {
        this.box.x -= x - start.at[0];
        this.box.y -= y - start.at[1];
        this.show();
      } else {
        this.place(held, start.from[0] + x - start.at[0], start.from[1] + y - start.at[1]);
      }
    });
    const end = () => {
      if (held && moved) {
        const n = held, was = start;
        this.undos.push(n === this.svg ? () => { this.box = was.box; this.show(); } : () => this.place(n, ...was.from));
      }
      held = null;
    };
    this.svg.addEventListener("pointerup", end);
    this.svg.addEventListener("pointercancel", end);
    this.svg.addEventListener("click", (e) => { if (moved) { e.preventDefault(); moved = false; } }, true);
    this.svg.addEventListener("dragstart", (e) => e.preventDefault());
    this.svg.addEventListener("dblclick", (e) => {
      const n = this.nodes.get(e.target.closest(".node")?.dataset.id);
      if (!n) this.zoom(1 / 1.3, here(e));
    });
    this.svg.addEventListener("wheel", (e) => {
      if (!e.ctrlKey && !e.metaKey) return; // it scrolls the page
      e.preventDefault();
      this.zoom(e.deltaY < 0 ? 1 / 1.15 : 1.15, here(e));
    }, { passive: false });
  }

  /** Two fingers zoom: what is between them stays between them. One scrolls the page. */
  pinch() {
    const fingers = new Map();
    let start = null;
    const look = () => {
      const [a, b] = [...fingers.values()];
      return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
    };
    const here = ({ x, y }) => new DOMPoint(x, y).matrixTransform(this.svg.getScreenCTM().inverse());
    this.svg.addEventListener("pointerdown", (e) => {
      if (e.pointerType !== "touch") return;
      fingers.set(e.pointerId, { x: e.clientX, y: e.clientY });
      if (fingers.size === 2) start = { ...look(), between: here(look()), box: { ...this.box } };
    });
    this.svg.addEventListener("pointermove", (e) => {
      if (!fingers.has(e.pointerId)) return;
      fingers.set(e.pointerId, { x: e.clientX, y: e.clientY });
      if (!start || fingers.size !== 2) return;
      const now = look();
      const w = Math.min(Math.max(start.box.w * start.apart / now.apart, 60), this.whole.w * 4);
      this.box = { ...start.box, w, h: start.box.h * w / start.box.w };
      this.show();
      const p = here(now);
      this.box.x += start.between.x - p.x;
      this.box.y += start.between.y - p.y;
      this.show();
    });
    const end = (e) => {
      if (!fingers.delete(e.pointerId) || !start) return;
      const was = start.box;
      this.undos.push(() => { this.box = was; this.show(); });
      start = null;
    };
    for (const over of ["pointerup", "pointercancel"]) this.svg.addEventListener(over, end);
    this.svg.addEventListener("touchmove", (e) => { if (e.touches.length > 1) e.preventDefault(); }, { passive: false }); // it does not scroll the page meanwhile
  }

  keys() {
    this.figure.addEventListener("keydown", (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input")) return;
      const n = this.nodes.get(e.target.closest(".node")?.dataset.id);
      const step = 20;
      const act = {
        e: () => n && this.expand(n), p: () => n && this.pin(n), u: () => this.undo(), "+": () => this.zoom(1 / 1.3), "-": () => this.zoom(1.3), 0: () => this.reset(),
        ArrowLeft: () => n && this.nudge(n, -step, 0), ArrowRight: () => n && this.nudge(n, step, 0), ArrowUp: () => n && this.nudge(n, 0, -step), ArrowDown: () => n && this.nudge(n, 0, step),
      }[e.key];
      if (!act || (e.key.startsWith("Arrow") && !n)) return;
      e.preventDefault();
      act();
    });
  }

  nudge(n, x, y) {
    const [a, b] = [n.x, n.y];
    this.place(n, n.x + x, n.y + y);
    this.undos.push(() => this.place(n, a, b));
  }

  /** Moves a node; it is drawn with the next frame, however many moves come before it. */
  place(n, x, y) {
    n.x = x;
    n.y = y;
    this.dirty.add(n);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  /** Draws the nodes that were moved since, and their edges. */
  draw() {
    for (const n of this.dirty) {
      n.el.setAttribute("transform", `translate(${n.x.toFixed(1)} ${n.y.toFixed(1)})`);
      for (const e of n.edges) {
        const i = e.a === n ? 1 : 2;
        e.el.setAttribute("x" + i, n.x.toFixed(1));
        e.el.setAttribute("y" + i, n.y.toFixed(1));
      }
    }
    this.dirty.clear();
  }

  show() {
    this.svg.setAttribute("viewBox", `${this.box.x} ${this.box.y} ${this.box.w} ${this.box.h}`);
    this.svg.classList.toggle("close", this.box.w < this.whole.w * 0.7);
  }

  zoom(by, [x, y] = [this.box.x + this.box.w / 2, this.box.y + this.box.h / 2]) {
    const was = { ...this.box };
    const w = Math.min(Math.max(this.box.w * by, 60), this.whole.w * 4);
    by = w / this.box.w;
    this.box = { x: x - (x - this.box.x) * by, y: y - (y - this.box.y) * by, w, h: this.box.h * by };
    this.undos.push(() => { this.box = was; this.show(); });
    this.show();
  }

  /** Puts everything back where it was, but what is pinned. */
  reset() {
    const was = { box: { ...this.box }, at: [...this.nodes.values()].map((n) => [n, n.x, n.y]) };
    this.undos.push(() => { this.box = was.box; this.show(); for (const [n, x, y] of was.at) this.place(n, x, y); });
    this.box = { ...this.whole };
    this.show();
    for (const n of this.nodes.values()) if (!n.pinned) this.place(n, ...n.home);
  }

  pin(n) {
    const toggle = () => {
      n.pinned = !n.pinned;
      n.el.classList.toggle("pinned", n.pinned);
    };
    toggle();
    this.undos.push(toggle);
  }

  undo() {
    this.undos.pop()?.();
  }

  /** Adds those whom an actor talked to most, and all that joins them to what is shown. */
  async expand(n) {
    if (offline || this.busy || this.nodes.size >= most) return;
    this.busy = true;
    try {
      const query = new URLSearchParams(this.figure.dataset.query);
      const around = new Set([...query.getAll("around"), ...(this.expanded ?? []), n.id]);
      query.delete("around");
      for (const id of [...around].slice(-20)) query.append("around", id);
      query.set("depth", "1");
      query.set("maxNodes", String(Math.min(1000, this.nodes.size + +n.el.dataset.adds)));
      query.set("format", "d3");
      query.set("eventIds", "0");
      query.set("positions", "false");
      const answer = await fetch("/graph.json?" + query);
      if (!answer.ok) throw new Error(String(answer.status));
      const { nodes, links } = await answer.json();
      (this.expanded ??= new Set()).add(n.id);
      const weight = new Map();
      for (const l of links) {
        if (l.source === n.id) weight.set(l.target, l.weight);
        if (l.target === n.id) weight.set(l.source, l.weight);
      }
      const room = Math.min(atOnce, most - this.nodes.size);
      const fresh = nodes.filter((x) => weight.has(x.id) && !this.nodes.has(x.id)).sort((a, b) => weight.get(b.id) - weight.get(a.id)).slice(0, room);
      const added = [], joined = [];
      const away = Math.atan2(n.y - (this.whole.y + this.whole.h / 2), n.x - (this.whole.x + this.whole.w / 2));
      fresh.forEach((x, i) => {
        const angle = away + (fresh.length > 1 ? (i / fresh.length - 0.5) * 2 * Math.PI * (fresh.length > 8 ? 1 : 0.6) : 0);
        const far = 110 + (i % 2) * 55;
        added.push(this.adopt(this.drawNode(x, n.x + far * Math.cos(angle), n.y + far * Math.sin(angle))));
      });
      for (const l of links) {
        const key = `${l.source}~${l.target}`;
        if (this.edges.has(key) || this.edges.has(`${l.target}~${l.source}`) || !this.nodes.has(l.source) || !this.nodes.has(l.target)) continue;
        const el = shape("line", { "stroke-width": (0.8 + 1.4 * Math.log10(l.weight + 1)).toFixed(2), "data-a": l.source, "data-b": l.target, "data-weight": l.weight, "data-first": l.firstSeen ?? "", "data-last": l.lastSeen ?? "" });
        this.svg.querySelector(".edges").append(el);
        this.join(l.source, l.target, el);
        joined.push(key);
      }
      for (const key of joined) { const e = this.edges.get(key); this.dirty.add(e.a).add(e.b); }
      this.draw(); // at once: an edge without a place is an edge across the corner
      const was = n.el.dataset.adds;
      n.el.dataset.adds = Math.max(0, +was - added.length);
      this.point(n);
      this.undos.push(() => {
        for (const key of joined) {
          const e = this.edges.get(key);
          this.edges.delete(key);
          e.el.remove();
          for (const end of [e.a, e.b]) end.edges = end.edges.filter((x) => x !== e);
        }
        for (const x of added) { this.nodes.delete(x.id); x.el.remove(); }
        n.el.dataset.adds = was;
        this.expanded.delete(n.id);
        this.point(n);
      });
      this.figure.dispatchEvent(new CustomEvent("expanded"));
    } catch {
      this.status.textContent = say("js failed");
    } finally {
      this.busy = false;
    }
  }

  drawNode(x, left, top) {
    const a = shape("a", { class: `node ${x.type}`, "data-id": x.id, "data-adds": x.adds.nodes, "data-talks": x.adds.talks, href: "/actor/" + encodeURIComponent(x.id), transform: `translate(${left} ${top})` });
    const title = shape("title");
    title.textContent = x.label;
    const circle = shape("circle", { r: 8 });
    const text = shape("text", { y: 8, dy: 17, "unicode-bidi": "isolate" });
    text.textContent = x.label.length > 28 ? x.label.slice(0, 27) + "…" : x.label;
    a.append(title, circle, text);
    this.svg.querySelector(".nodes").append(a);
    return a;
  }

  /** Saves the picture as it stands, as an image. */
  async png() {
    const copy = this.svg.cloneNode(true);
    const from = [this.svg, ...this.svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((el, i) => {
      const style = getComputedStyle(el);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-opacity", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "paint-order"]) to[i].setAttribute(name, style.getPropertyValue(name));
    });
    const [w, h] = [1600, Math.round((1600 * this.box.h) / this.box.w)];
    copy.setAttribute("xmlns", svgns);
    copy.setAttribute("width", w);
    copy.setAttribute("height", h);
    const image = new Image();
    const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
    try {
      image.src = url;
      await image.decode();
      const canvas = element("canvas", { width: w, height: h });
      const pen = canvas.getContext("2d");
      pen.fillStyle = getComputedStyle(this.svg).backgroundColor;
      pen.fillRect(0, 0, w, h);
      pen.drawImage(image, 0, 0, w, h);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
      const link = element("a", { href: URL.createObjectURL(blob), download: "parley.png" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      this.status.textContent = "parley.png";
    } catch {
      this.status.textContent = say("js failed");
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

function start(main) {
  filters(main);
  timelines(main);
  if (!offline) finders(main);
  for (const figure of main.querySelectorAll("[data-network]")) figure.picture = new Picture(figure);
}

document.addEventListener("find", (e) => finders(e.detail));

const head = document.querySelector(".head");
if (head && !offline) finders(head);
start(document.querySelector("main"));
