/* kaowu · signing one deed with a key of one's own: what is signed is read here, from the very bytes. */

import { decode, joined } from "./cbor.js";
import { fromBase64, idText } from "./entries.js";
import { made } from "./fact_fields.js";
import { heldHere, signDeed } from "./persons.js";

const words = JSON.parse(document.getElementById("words").textContent);
const slip = JSON.parse(document.getElementById("content").textContent);
const { sign: signAddress, state: stateAddress } = document.body.dataset;
const deed = fromBase64(slip.deed);
const AGAIN_MS = 3000;
let lead = 0;

async function begin() {
  if (!window.isSecureContext || !crypto.subtle) return complain(words.insecure);
  if (document.body.dataset.suite !== "international") return complain(words.suite);
  let fields;
  try {
    /* fifteen of the seventeen fields: the two that place an entry in a chain are not signed by persons */
    fields = decode(joined([Uint8Array.of(0xaf), deed.slice(1)]));
  } catch (_) {
    return complain(words.cannot_read);
  }
  draw(fields);
  const keys = await heldHere(slip.exam);
  for (const [account, , byKey] of slip.persons) if (byKey && !slip.signed.includes(account)) offer(account, keys.filter((key) => key.account === account));
  await look();
  setInterval(look, AGAIN_MS);
}

function draw(fields) {
  const time = new Date(fields.get(9) + 8 * 3600000).toISOString().replace("T", " ").slice(0, 19);
  const rows = [[document.body.dataset.kind, slip.label + "　" + fields.get(3)], [document.body.dataset.subject, fields.get(12)], [document.body.dataset.time, time]];
  for (const [account, post] of fields.get(11)) rows.push([slip.posts[post] || post, account]);
  for (const [name, value] of fields.get(13)) rows.push([slip.labels[name] || name, Array.isArray(value) ? value.join("、") : value === null || value === "" ? "—" : String(value)]);
  rows.push([document.body.dataset.id, idText(fields.get(2))]);
  document.getElementById("read").replaceChildren(...rows.flatMap(([name, value]) => [made("dt", {}, name), made("dd", {}, value)]));
}

function offer(account, keys) {
  const place = document.querySelector(`[data-person="${CSS.escape(account)}"]`);
  if (!keys.length) return place.append(made("p", { className: "cap" }, words.other_browser));
  const pin = made("input", { className: "in", type: "password", id: "pin-" + account, autocomplete: "off", "aria-label": words.pin, placeholder: words.pin });
  const form = made("form", { className: "row" }, pin, made("button", { className: "btn pri", type: "submit" }, document.body.dataset.act));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    await look();
    const signed = await signDeed(keys[keys.length - 1], pin.value, deed, Date.now() + lead);
    pin.value = "";
    button.disabled = false;
    if (!signed) return complain(words.wrong_pin);
    await hand(signed, form);
  });
  place.append(form);
}

async function hand(signed, form) {
  const content = JSON.stringify({ account: signed.account, credential: signed.credential, at: signed.at, signature: signed.signature });
  const answer = await fetch(signAddress, { method: "POST", body: content, headers: { "Content-Type": "application/json" } }).catch(() => null);
  if (!answer) return complain(words.failed);
  const said = await answer.json();
  if (answer.status !== 200) return complain((document.documentElement.lang.startsWith("zh") ? said.sentence.zh : said.sentence.en));
  complain("");
  form.remove();
  show(said);
}

async function look() {
  const answer = await fetch(stateAddress, { cache: "no-store" }).catch(() => null);
  if (!answer || answer.status !== 200) return;
  const said = await answer.json();
  lead = said.now - Date.now();
  show(said);
}

function show(said) {
  for (const account of said.signed) {
    const place = document.querySelector(`[data-person="${CSS.escape(account)}"]`);
    if (!place) continue;
    place.dataset.signed = "yes";
    place.querySelector("[data-said]").textContent = words.signed + "（" + words.by_key + "）";
    place.querySelectorAll("form, .cap").forEach((one) => one.remove());
  }
  if (said.next) window.location.assign(said.next);
}

function complain(sentence) {
  const place = document.getElementById("complaint");
  place.textContent = sentence;
  place.hidden = !sentence;
}

begin().finally(() => { document.body.dataset.ready = "yes"; });
