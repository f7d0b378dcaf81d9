// What the page remembers: drafts and history in this browser, a question in a link. A browser may refuse to store
// anything; then the page works without.

const key = (name) => "parley." + name;

/** Returns what was kept under a name, or otherwise. */
export function recall(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key(name))) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // full or forbidden
  }
}

const mostEntries = 50;

/** The questions asked, newest first, each once. */
export function history() {
  const list = recall("history", []);
  return Array.isArray(list) ? list.filter((e) => typeof e?.query === "string") : [];
}

export function remember(query, variables) {
  const others = history().filter((e) => e.query !== query || e.variables !== variables);
  keep("history", [{ query, variables, at: Date.now() }, ...others].slice(0, mostEntries));
}

export function forget() {
  keep("history", []);
}

/** Returns a link to this page that has the question in it. What stands behind # is never sent to a server. */
export function linkTo(query, variables) {
  const p = new URLSearchParams({ query });
  if (variables.trim()) p.set("variables", variables);
  return location.origin + location.pathname + "#" + p;
}

/** Returns the question in the page's own address, null if there is none. */
export function linked() {
  const p = new URLSearchParams(location.hash.slice(1));
  return p.has("query") ? { query: p.get("query"), variables: p.get("variables") ?? "" } : null;
}
