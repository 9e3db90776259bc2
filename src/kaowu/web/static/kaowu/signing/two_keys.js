/* kaowu · two persons at one act, each with a key of their own in this browser. */

import { made } from "./fact_fields.js";
import { deedOf } from "./entries.js";
import { heldHere, signDeed } from "./persons.js";

/* The rows of both: person, post, PIN. `staff` says who may act here in which post. */
export async function rowsOf(exam, staff, posts, words) {
  const keys = await heldHere(exam);
  const rows = [0, 1].map((number) => row(number, keys, staff, posts, words));
  return { element: made("ol", { className: "two" }, ...rows.map((one) => one.element)), rows };
}

/* Account and post of both, or a sentence that says what is missing. */
export function actorsOf(rows, words) {
  const chosen = rows.map((one) => ({ key: one.key(), post: one.post.value, pin: one.pin.value }));
  if (chosen.some((one) => !one.key || !one.post)) return { fault: words.two_persons };
  if (chosen[0].key.account === chosen[1].key.account) return { fault: words.two_persons };
  if (chosen[0].post === chosen[1].post) return { fault: words.same_post };
  return { chosen, actors: chosen.map((one) => [one.key.account, one.post]) };
}

/* Both sign the same deed; null if a PIN is wrong. */
export async function signBoth(chosen, entry, now) {
  const deed = deedOf(entry), signed = [];
  for (const one of chosen) {
    const signature = await signDeed(one.key, one.pin, deed, now());
    if (!signature) return null;
    signed.push(signature);
  }
  return signed;
}

function row(number, keys, staff, posts, words) {
  const id = "signer-" + number;
  const person = made("select", { id, className: "in" }, made("option", { value: "" }, words.choose), ...keys.map((key) => made("option", { value: key.name }, key.account)));
  const post = made("select", { id: id + "-post", className: "in" });
  const pin = made("input", { id: id + "-pin", className: "in", type: "password", autocomplete: "off" });
  const key = () => keys.find((one) => one.name === person.value);
  person.addEventListener("change", () => {
    const held = staff.find((one) => key() && one.account === key().account);
    post.replaceChildren(...(held ? held.posts : []).map((one) => made("option", { value: one }, posts[one] || one)));
  });
  const labelled = (input, said) => made("div", { className: "field" }, made("label", { htmlFor: input.id }, said), input);
  return { key, post, pin, element: made("li", { className: number ? "second" : "me" }, labelled(person, words.person), labelled(post, words.post), labelled(pin, words.pin)) };
}
