// The schema as pages to click through, made from introspection.

const typeRef = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

export const introspection = `query Schema {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types {
      kind name description
      fields(includeDeprecated: true) { name description isDeprecated deprecationReason args { name description defaultValue type { ${typeRef} } } type { ${typeRef} } }
      inputFields { name description defaultValue type { ${typeRef} } }
      interfaces { name } possibleTypes { name }
      enumValues(includeDeprecated: true) { name description }
    }
  }
}`;

const kinds = { OBJECT: "type", INTERFACE: "interface", UNION: "union", INPUT_OBJECT: "input", ENUM: "enum", SCALAR: "scalar" };
const mostHits = 80;

/** Shows a schema in element; search is the field in which words are typed. */
export function browser(element, search, schema) {
  const types = new Map(schema.types.filter((t) => !t.name.startsWith("__")).map((t) => [t.name, t]));
  const root = schema.queryType.name;
  let way = [root];

  const go = (name, field) => {
    search.value = "";
    way = name === root ? [root] : [...way.slice(0, way.includes(name) ? way.indexOf(name) : 20), name];
    showType(types.get(name), field);
    element.parentElement.scrollTop = 0;
    element.querySelector(".target")?.scrollIntoView({ block: "center" });
    element.querySelector("h2")?.focus({ preventScroll: true });
  };
  const link = (name, text = name, field) => {
    if (!types.has(name)) return text;
    const b = make("button", "link", text);
    b.type = "button";
    b.addEventListener("click", () => go(name, field));
    return b;
  };
  const typeText = (t) => {
    if (t.kind === "NON_NULL") return [...typeText(t.ofType), "!"];
    if (t.kind === "LIST") return ["[", ...typeText(t.ofType), "]"];
    return [link(t.name)];
  };
  const entry = (list, f, target) => {
    const term = make("dt", f.name === target ? "target" : "", f.name, ": ", ...typeText(f.type));
    if (f.defaultValue != null) term.append(" = " + f.defaultValue);
    const text = make("dd", "", ...prose(f.description));
    if (f.isDeprecated) text.append(" Deprecated: " + f.deprecationReason);
    if (f.args?.length) {
      const args = make("dl");
      for (const a of f.args) entry(args, a);
      text.append(args);
    }
    list.append(term, text);
  };
  const showType = (t, target) => {
    const crumbs = make("p", "crumbs");
    way.slice(0, -1).forEach((name) => crumbs.append(link(name), " › "));
    crumbs.append(way.at(-1));
    const title = make("h2", "", t.name, " ", make("small", "", kinds[t.kind]));
    title.tabIndex = -1;
    const page = [crumbs, title, make("p", "", ...prose(t.description))];
    for (const [label, list] of [["Is a", t.interfaces], [t.kind === "UNION" ? "One of" : "Kinds of it", t.possibleTypes]]) {
      if (list?.length) page.push(make("p", "", label + " ", ...list.flatMap((x, i) => (i ? [", ", link(x.name)] : [link(x.name)]))));
    }
    const fields = t.fields ?? t.inputFields;
    if (fields?.length) {
      const list = make("dl");
      for (const f of [...fields].sort((a, b) => (t.name === root ? a.name.localeCompare(b.name) : 0))) entry(list, f, target);
      page.push(make("h3", "", t.name === root ? "Questions" : "Fields"), list);
    }
    if (t.enumValues?.length) {
      const list = make("dl");
      for (const v of t.enumValues) list.append(make("dt", v.name === target ? "target" : "", v.name), make("dd", "", ...prose(v.description)));
      page.push(make("h3", "", "Values"), list);
    }
    if (t.name === root) {
      const all = [...types.keys()].filter((n) => n !== root).sort();
      page.push(make("h3", "", "All types"), make("p", "", ...all.flatMap((n, i) => (i ? [", ", link(n)] : [link(n)]))));
    }
    element.replaceChildren(...page);
  };
  const showHits = (words) => {
    const list = make("ol", "list");
    for (const hit of find(types, words).slice(0, mostHits)) {
      const b = make("button", "", hit.field ? hit.type + "." + hit.field : hit.type, make("small", "", ...prose(hit.description)));
      b.type = "button";
      b.addEventListener("click", () => go(hit.type, hit.field));
      list.append(make("li", "", b));
    }
    element.replaceChildren(list.children.length ? list : make("p", "empty", "Nothing in the schema has these words."));
  };
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    words.length ? showHits(words) : go(way.at(-1));
  });
  showType(types.get(root));
}

// find returns the types and fields that have all words, those with the words in their name first.
function find(types, words) {
  const hits = [];
  const add = (type, field, description) => {
    const name = (field ?? type).toLowerCase();
    const all = name + " " + type.toLowerCase() + " " + (description ?? "").toLowerCase();
    if (!words.every((w) => all.includes(w))) return;
    const rank = name === words.join("") ? 0 : words.every((w) => name.includes(w)) ? (field ? 2 : 1) : 3;
    hits.push({ type, field, description, rank });
  };
  for (const t of types.values()) {
    add(t.name, undefined, t.description);
    for (const f of [...(t.fields ?? []), ...(t.inputFields ?? []), ...(t.enumValues ?? [])]) add(t.name, f.name, f.description);
  }
  return hits.sort((a, b) => a.rank - b.rank);
}

// prose gives a description its `code`.
function prose(text) {
  return (text ?? "").split("`").map((part, i) => (i % 2 ? make("code", "", part) : part));
}

function make(tag, className = "", ...children) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...children);
  return e;
}
