// The page: a question is typed or chosen, sent, and its answer shown.

import { editor } from "./editor.js";
import { setUpTabs, setUpTheme } from "./frame.js";
import { paint } from "./highlight.js";
import { forget, history, keep, linked, linkTo, recall, remember } from "./memory.js";
import { browser, introspection } from "./schema.js";

const $ = (id) => document.getElementById(id);
const query = editor($("query-editor"), "graphql", changed);
const variables = editor($("variables-editor"), "json", changed);
const headers = editor($("headers-editor"), "json");
let examples = [];
let running = null; // the AbortController of the question under way
let answer = "";

function changed() {
  // Both editors call this while they are made, when one of them is not there yet.
  queueMicrotask(() => {
    keep("draft", { query: query.text, variables: variables.text });
    for (const [i, b] of [...$("questions").querySelectorAll("button")].entries()) {
      b.setAttribute("aria-current", examples[i]?.query === query.text);
    }
  });
}

function put(text, vars = "") {
  query.text = text;
  variables.text = vars;
  $("variables-box").open = vars.trim() !== "";
}

// headersTyped returns the headers that are to be sent, as an object.
function headersTyped() {
  if (!headers.text.trim()) return {};
  const typed = JSON.parse(headers.text);
  if (typeof typed !== "object" || typed === null || Array.isArray(typed)) throw new SyntaxError("want an object");
  return typed;
}

async function ask(text, vars, signal) {
  const body = { query: text };
  if (vars.trim()) body.variables = JSON.parse(vars);
  const name = operationAt(text, query.cursor);
  if (name) body.operationName = name;
  return fetch("/graphql", {
    method: "POST",
    headers: { ...headersTyped(), "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

// operationAt returns the operation to run: nothing if there is one only, else the one that the cursor is in.
function operationAt(text, cursor) {
  const found = [...text.matchAll(/^\s*(?:query|mutation|subscription)\s+(\w+)/gm)];
  if (found.length < 2) return "";
  return (found.findLast((m) => m.index <= cursor) ?? found[0])[1];
}

async function run() {
  running?.abort();
  const mine = (running = new AbortController());
  const [text, vars] = [query.text, variables.text];
  $("status").textContent = "Asking …";
  $("result").classList.add("stale");
  const start = performance.now();
  try {
    const response = await ask(text, vars, mine.signal);
    const raw = await response.text();
    if (running !== mine) return;
    const ms = performance.now() - start;
    let data = null;
    try {
      data = JSON.parse(raw);
    } catch {
      // not JSON: shown as it came
    }
    answer = data ? JSON.stringify(data, null, 2) : raw;
    paint($("result"), answer, "json", askAbout);
    showErrors(data?.errors ?? []);
    const revision = response.headers.get("Parley-Revision");
    $("status").textContent = [
      response.status,
      ms < 10 ? ms.toFixed(1) + " ms" : Math.round(ms) + " ms",
      size(raw.length),
      revision && "revision " + revision,
    ].filter(Boolean).join(" · ");
    remember(text, vars);
    showHistory();
  } catch (e) {
    if (running !== mine) return;
    answer = "";
    $("result").replaceChildren();
    const why = e instanceof SyntaxError ? "The variables or the headers are no JSON: " + e.message : "The server did not answer: " + e.message;
    showErrors([{ message: why }]);
    $("status").textContent = "No answer";
  } finally {
    if (running === mine) $("result").classList.remove("stale");
  }
}

function size(bytes) {
  return bytes < 1000 ? bytes + " bytes" : (bytes / 1000).toFixed(1) + " kB";
}

function showErrors(errors) {
  $("errors").replaceChildren(
    ...errors.map((e) => {
      const item = document.createElement("li");
      if (e.extensions?.code) {
        const code = document.createElement("b");
        code.textContent = e.extensions.code;
        item.append(code);
      }
      item.append(e.message);
      const place = e.locations?.[0];
      if (place) {
        const b = document.createElement("button");
        b.type = "button";
        b.className = "link";
        b.textContent = "line " + place.line;
        b.addEventListener("click", () => query.goTo(place.line, place.column));
        item.append(b);
      }
      return item;
    }),
  );
}

// askAbout asks for what is behind an id of the answer.
function askAbout(id) {
  put(`# What is known of ${id}?
{
  node(id: ${JSON.stringify(id)}) {
    __typename
    id
    ... on Actor { name description tenures { position { name } when { edtf } } contacts(first: 5) { nodes { actor { id name } count { min max } } } }
    ... on Event { summary kind { label } when { edtf text } participations { role { label } actor { id name } claims { id } } places { name } topics { label } }
    ... on Claim { statement locator certainty stance quote attributedTo { id name } source { id title } about { __typename id } }
    ... on Source { title url published { edtf } publisher { name } claims(first: 5) { totalCount nodes { id statement } } }
    ... on EventKind { label definition broader { id label } narrower { id label } notations { scheme code } }
    ... on Role { label definition takesPart broader { id label } }
    ... on Place { name within { id name } }
    ... on Topic { label definition broader { id label } }
    ... on Position { name postIn { id name } tenures { id person { id name } when { edtf } } }
    ... on Tenure { person { id name } position { id name } when { edtf } tenureClaims: claims { id statement } }
  }
}
`);
  run();
}

function item(title, detail, onClick) {
  const b = document.createElement("button");
  b.type = "button";
  b.append(title);
  if (detail) {
    const small = document.createElement("small");
    small.textContent = detail;
    b.append(small);
  }
  b.addEventListener("click", onClick);
  const li = document.createElement("li");
  li.append(b);
  return li;
}

function showHistory() {
  const list = history();
  $("forget").hidden = list.length === 0;
  if (list.length === 0) {
    const none = document.createElement("li");
    none.className = "empty";
    none.textContent = "Questions that you ask are kept here, in this browser only.";
    $("history").replaceChildren(none);
    return;
  }
  $("history").replaceChildren(
    ...list.map((e) => {
      const comment = /^#\s*(.+)/.exec(e.query)?.[1];
      const title = comment ?? e.query.replace(/\s+/g, " ").trim().slice(0, 90);
      return item(title, new Date(e.at).toLocaleString(), () => {
        put(e.query, e.variables);
        run();
      });
    }),
  );
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(what + " copied");
  } catch {
    say("This browser does not let the page copy.");
  }
}

let saying = 0;
function say(text) {
  $("notice").textContent = text;
  clearTimeout(saying);
  saying = setTimeout(() => ($("notice").textContent = ""), 4000);
}

function curl() {
  const body = { query: query.text };
  try {
    if (variables.text.trim()) body.variables = JSON.parse(variables.text);
  } catch {
    say("The variables are no JSON.");
    return;
  }
  const quoted = "'" + JSON.stringify(body).replaceAll("'", `'\\''`) + "'";
  copy(`curl -s ${location.origin}/graphql -H 'Content-Type: application/json' -d ${quoted}`, "Command");
}

let schemaShown = null;
function showSchema() {
  schemaShown ??= ask(introspection, "")
    .then((r) => r.json())
    .then((a) => browser($("schema"), $("schema-search"), a.data.__schema))
    .catch((e) => {
      schemaShown = null;
      $("schema").textContent = "The schema could not be read: " + e.message;
    });
}

function openLink() {
  const link = linked();
  if (link) {
    put(link.query, link.variables);
    run();
  }
  return link;
}

async function start() {
  setUpTheme();
  setUpTabs((tab) => tab === "tab-schema" && showSchema());
  showHistory();
  if (/Mac|iPhone|iPad/.test(navigator.platform)) $("run").querySelector("kbd").textContent = "⌘ ↵";
  $("run").addEventListener("click", run);
  $("share").addEventListener("click", () => {
    const link = linkTo(query.text, variables.text);
    window.history.replaceState(null, "", link);
    copy(link, "Link");
  });
  $("curl").addEventListener("click", curl);
  $("copy").addEventListener("click", () => copy(answer, "Answer"));
  $("forget").addEventListener("click", () => {
    forget();
    showHistory();
  });
  window.addEventListener("hashchange", openLink);
  document.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      run();
    }
  });
  const draft = recall("draft", null);
  const given = openLink();
  if (!given && draft?.query?.trim()) put(draft.query, draft.variables ?? "");
  examples = await fetch("/playground/examples.json").then((r) => r.json());
  $("questions").replaceChildren(
    ...examples.map((e) =>
      item(e.question, "", () => {
        put(e.query);
        run();
      }),
    ),
  );
  if (!given && !draft?.query?.trim()) {
    put(examples[0].query);
    run();
  }
  changed();
}

start();
