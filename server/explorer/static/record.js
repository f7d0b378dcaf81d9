// The forms by which somebody with a token records. A field's name is its path in the mutation's input, so that what is wrong with it can be
// said beside it. The token stays in this tab.

const words = JSON.parse(document.getElementById("words").textContent);
const token = document.getElementById("token");
const results = {
  recordSource: ["RecordSourceInput", "source { id }"], recordActor: ["RecordActorInput", "actor { id }"], recordEvent: ["RecordEventInput", "event { id }"],
  recordTenure: ["RecordTenureInput", "tenure { id }"], mergeActors: ["MergeActorsInput", "actor { id }"], unmergeActors: ["UnmergeActorsInput", "actor { id }"],
  assertClaim: ["AssertClaimInput", ""], retractClaim: ["RetractClaimInput", ""],
};

try {
  token.value = sessionStorage.getItem("parley.token") ?? "";
} catch { /* a browser may keep nothing */ }
token.addEventListener("change", () => {
  try { sessionStorage.setItem("parley.token", token.value); } catch { /* the same */ }
});
const ask = document.getElementById("token-form");
ask.hidden = false;
ask.addEventListener("submit", (e) => e.preventDefault());

/** Returns what a form says, as the mutation's input. Fields that are empty are left out. */
function inputOf(form) {
  const input = {};
  let rows = 0; // that name somebody
  for (const row of form.querySelectorAll("[data-row]")) {
    const named = row.querySelector("[name]").value.trim() !== "";
    for (const field of row.querySelectorAll("[name]")) field.dataset.path = named ? field.name.replace(/\.\d+\./, `.${rows}.`) : "";
    if (named) rows++;
  }
  for (const field of form.querySelectorAll("[name^='input.']")) {
    const text = field.value.trim();
    if (text === "" || field.dataset.path === "") continue;
    const list = field.name.endsWith("[]");
    const path = pathOf(field).split(".").slice(1);
    let at = input;
    path.forEach((key, i) => {
      if (i === path.length - 1) at[key] = list ? text.split(",").map((s) => s.trim()).filter(Boolean) : text;
      else at = at[key] ??= /^\d+$/.test(path[i + 1]) ? [] : {};
    });
  }
  if (form.dataset.mutation === "recordEvent") input.participations ??= [];
  return input;
}

/** Returns the path in the input of what a field says. */
const pathOf = (field) => field.dataset.path ?? field.name.replace("[]", "");

/** Says beside each field what is wrong with it, and at the end of the form what is wrong with no field. */
function tell(form, errors) {
  for (const old of form.querySelectorAll(".wrong")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  let first = null;
  errors.forEach((e, i) => {
    const note = document.createElement("span");
    note.className = "wrong";
    note.id = `wrong-${form.dataset.mutation}-${i}`;
    note.textContent = e.message;
    const path = (e.path ?? []).join(".");
    const field = [...form.querySelectorAll("[name^='input.']")].find((f) => { const at = pathOf(f); return at !== "" && (path === at || path.startsWith(at + ".")); });
    if (field) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", note.id);
      field.closest("label").append(note);
      first ??= field;
    } else {
      form.querySelector(".actions").append(note);
    }
  });
  first?.focus();
}

async function send(url, body) {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: "Bearer " + token.value.trim() }, body: JSON.stringify(body) });
  const found = await answer.json();
  if (found.errors) throw new Error(found.errors[0].message);
  return found;
}

for (const form of document.querySelectorAll("form[data-mutation]")) {
  const name = form.dataset.mutation;
  const status = form.querySelector("output");
  const quads = form.querySelector("[data-quads]");
  let key = null; // the same until it was recorded: sent twice, it is recorded once
  form.addEventListener("input", () => { key = null; });
  form.querySelector("[data-preview]").addEventListener("click", async (e) => {
    e.preventDefault();
    try {
      const found = await send("/record/preview", { mutation: name, input: inputOf(form) });
      tell(form, found.userErrors);
      quads.textContent = found.quads;
      quads.hidden = found.quads === "";
      status.textContent = "";
    } catch (e) {
      status.textContent = e.message;
    }
  });
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    key ??= crypto.randomUUID?.() ?? String(Math.random());
    const [type, selection] = results[name];
    try {
      const found = await send("/graphql", {
        query: `mutation Record($input: ${type}!) { done: ${name}(input: $input) { userErrors { code message path } revision claim { id } ${selection} } }`,
        variables: { input: { ...inputOf(form), clientKey: key } },
      });
      const done = found.data.done;
      tell(form, done.userErrors);
      if (done.userErrors.length > 0) {
        status.textContent = "";
        return;
      }
      const id = (done.source ?? done.actor ?? done.event ?? done.tenure ?? done.claim).id;
      const link = document.createElement("a");
      link.href = "/node/" + encodeURIComponent(id);
      link.textContent = id;
      status.replaceChildren(words["js recorded"] + " ", link);
      quads.hidden = true;
      key = null;
      if (done.source) for (const field of document.querySelectorAll("[data-source]")) field.value = id;
    } catch (e) {
      status.textContent = e.message;
    }
  });
  for (const list of form.querySelectorAll("[data-rows]")) {
    const more = list.querySelector("[data-more]");
    const blank = list.querySelector("[data-row]").cloneNode(true);
    for (const extra of blank.querySelectorAll(".found")) extra.remove();
    for (const field of blank.querySelectorAll("[role=combobox]")) for (const a of ["role", "aria-expanded", "aria-controls", "aria-autocomplete"]) field.removeAttribute(a);
    more.hidden = false;
    const add = (value = "") => {
      const row = blank.cloneNode(true);
      const n = list.querySelectorAll("[data-row]").length;
      for (const field of row.querySelectorAll("[name]")) { field.name = field.name.replace(/\.\d+\./, `.${n}.`); if (field.type === "text") field.value = ""; }
      row.querySelector("[name]").value = value;
      more.before(row);
      document.dispatchEvent(new CustomEvent("find", { detail: row }));
      return row;
    };
    more.addEventListener("click", () => add().querySelector("input").focus());
    list.addEventListener("add", (e) => {
      const empty = [...list.querySelectorAll("[data-row]")].find((row) => row.querySelector("[name]").value === "");
      if (empty) empty.querySelector("[name]").value = e.detail;
      else add(e.detail);
    });
  }
  const alike = form.querySelector("[data-alike]");
  alike?.addEventListener("change", async () => {
    const list = form.querySelector("[data-alike-list]");
    const links = await hits("/search?q=" + encodeURIComponent(alike.value));
    list.hidden = links.length === 0;
    list.querySelector("span").replaceChildren(...links.slice(0, 5).flatMap((a) => [a, " "]));
  });
}

/** Returns the links that a page of hits has. */
async function hits(url) {
  const page = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html");
  return [...page.querySelectorAll(".hits a")].map((a) => document.adoptNode(a));
}

// A text that is pasted in shows whom it names; each can be put among the participants.
document.querySelector("[data-mentions]")?.addEventListener("submit", async (e) => {
  e.preventDefault();
  const form = e.target;
  const links = await hits("/mentions?text=" + encodeURIComponent(form.querySelector("textarea").value.slice(0, 12_000)));
  form.querySelector("[data-named]").replaceChildren(...links.map((a) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = a.textContent;
    button.addEventListener("click", () => document.querySelector("[data-rows]").dispatchEvent(new CustomEvent("add", { detail: decodeURIComponent(new URL(a.href, location.href).pathname.split("/").pop()) })));
    const li = document.createElement("li");
    li.append(button);
    return li;
  }));
});
