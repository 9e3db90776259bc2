/* kaowu · the fields of any kind of fact, from its entry in the catalogue: drawn, read, and brought into canonical form. */

const EMPTY = { text: "", identifier: "", identifiers: [], choice: "", yes_no: false };
const HOUR_MS = 3600000, ZONE = 8 * HOUR_MS;

export function saidIn(sentence) {
  return document.documentElement.lang.startsWith("zh") ? sentence.zh : sentence.en;
}

export function made(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/* one labelled field; `offered` are words to choose from */
export function field(spec, words, offered = []) {
  const id = "field-" + spec.name;
  const input = inputOf(spec, id, words, offered);
  const label = made("label", { htmlFor: id }, saidIn(spec.label));
  if (spec.required && spec.shape !== "yes_no") label.append(made("b", { className: "rq", "aria-hidden": "true" }, " *"));
  const parts = spec.shape === "yes_no" ? [made("label", { htmlFor: id }, input, " " + saidIn(spec.label))] : [label, input];
  if (offered.length) parts.push(made("datalist", { id: id + "-offered" }, ...offered.map((word) => made("option", { value: word }))));
  if (spec.shape === "identifiers") parts.push(made("span", { className: "cap" }, words.commas));
  return made("div", { className: "field" }, ...parts);
}

/* The canonical values of a fact: what everybody may see, and what is personal. `faults` names what is missing. */
export function valuesOf(specs, given) {
  const payload = {}, personal = {}, faults = [];
  for (const spec of specs) {
    const value = take(spec, given[spec.name]);
    const missing = value === null || value === "" || (Array.isArray(value) && !value.length);
    if (missing && spec.required && spec.shape !== "yes_no") faults.push(spec);
    if (!spec.personal) payload[spec.name] = value;
    else if (!missing) personal[spec.name] = value;
  }
  return { payload, personal, faults };
}

export function readForm(form, specs) {
  const given = {};
  for (const spec of specs) {
    const input = form.querySelector("#field-" + spec.name);
    if (input) given[spec.name] = spec.shape === "yes_no" ? input.checked : input.value;
  }
  return given;
}

function inputOf(spec, id, words, offered) {
  const common = { id, autocomplete: "off" };
  if (spec.shape === "choice") {
    const options = spec.choices.map((choice) => made("option", { value: choice.code }, saidIn(choice.label)));
    return made("select", { ...common, className: "in" }, made("option", { value: "" }, words.choose), ...options);
  }
  if (spec.shape === "yes_no") return made("input", { ...common, type: "checkbox" });
  if (spec.shape === "number") return made("input", { ...common, className: "in", type: "number", min: spec.at_least, max: spec.at_most, inputMode: "numeric" });
  if (spec.shape === "instant") return made("input", { ...common, className: "in", type: "datetime-local", step: 1 });
  if (spec.shape === "text" && spec.longest > 200) return made("textarea", { ...common, className: "in", rows: 3, maxLength: spec.longest });
  const input = made("input", { ...common, className: "in", type: "text", maxLength: spec.shape === "identifiers" ? 4000 : spec.longest });
  if (offered.length) input.setAttribute("list", id + "-offered");
  return input;
}

function take(spec, value) {
  if (value === undefined || value === null || value === "") return spec.shape in EMPTY ? EMPTY[spec.shape] : null;
  if (spec.shape === "number") return Number.isSafeInteger(Number(value)) ? Number(value) : null;
  if (spec.shape === "instant") return Date.parse(value + "Z") - ZONE;
  if (spec.shape === "yes_no") return Boolean(value);
  if (spec.shape === "identifiers") return String(value).split(/[,，]/).map(tidy).filter(Boolean);
  return tidy(String(value));
}

function tidy(words) {
  return words.normalize("NFC").trim();
}
