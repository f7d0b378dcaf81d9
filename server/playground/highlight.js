// Colours for GraphQL and JSON. Everything is made of text nodes: nothing that was typed or answered becomes markup.

const graphql = [
  ["comment", /#[^\n]*/y],
  ["string", /"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["keyword", /(?:\b(?:query|mutation|subscription|fragment|on|true|false|null)\b|\.\.\.|@\w+)/y],
  ["number", /\$\w+/y],
  ["name", /\w+(?=\s*:)/y],
  ["", /\w+/y],
];

const json = [
  ["name", /"(?:\\.|[^"\\])*"(?=\s*:)/y],
  ["string", /"(?:\\.|[^"\\\n])*"?/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["keyword", /\b(?:true|false|null)\b/y],
];

// A text longer than this stands without colours: each coloured word is an element, and browsers slow down over many.
const tooLong = 300_000;

// What an id looks like; the prefixes are those of the schema.
const id = /^"(?:person|government|agency|organization|group|event|place|topic|position|tenure|claim|source|kind|role):[a-z0-9-]+"$/;

/** Fills element with text in colours. If onID is given, ids become buttons that call it. */
export function paint(element, text, language, onID) {
  if (text.length > tooLong) {
    element.textContent = text;
    return;
  }
  const rules = language === "json" ? json : graphql;
  const out = document.createDocumentFragment();
  let plain = "";
  const flush = () => {
    if (plain) out.append(plain);
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const [kind, word] = next(rules, text, at);
    at += word.length;
    if (!kind) {
      plain += word;
      continue;
    }
    flush();
    const asks = onID && kind === "string" && id.test(word);
    const span = document.createElement(asks ? "button" : "span");
    span.className = "t-" + kind;
    span.textContent = word;
    if (asks) {
      span.type = "button";
      span.title = "Ask about it";
      span.addEventListener("click", () => onID(word.slice(1, -1)));
    }
    out.append(span);
  }
  flush();
  element.replaceChildren(out);
}

function next(rules, text, at) {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return [kind, match[0]];
  }
  return ["", text[at]];
}
