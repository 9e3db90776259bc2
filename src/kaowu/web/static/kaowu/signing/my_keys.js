/* kaowu · a person makes a key of their own in this browser, under a PIN. */

import { saidIn } from "./fact_fields.js";
import { SHORTEST_PIN, heldHere, makeAndEnrol } from "./persons.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const headers = { "Content-Type": "application/json", "X-CSRFToken": document.body.dataset.csrf };

async function post(address, content) {
  const answer = await fetch(address, { method: "POST", body: JSON.stringify(content), headers });
  return { status: answer.status, body: await answer.json() };
}

at("make").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [code, pin, again] = ["code", "pin", "pin-again"].map((id) => at(id).value);
  if (pin.length < SHORTEST_PIN) return complain(words.pin_short);
  if (pin !== again) return complain(words.pins_differ);
  const button = at("make").querySelector("button");
  button.disabled = true;
  try {
    const looked = await post("/api/v1/persons/code", { code });
    if (looked.status !== 200) return complain(saidIn(looked.body.sentence));
    const { credential, exam } = looked.body;
    const refusal = await makeAndEnrol(credential, exam, pin, async (key, possession) => {
      const answer = await post("/api/v1/persons/enrol", { code, key, possession });
      return answer.status === 200 ? null : answer.body;
    });
    if (refusal) return complain(saidIn(refusal.sentence));
    at("make").reset();
    complain("");
    at("done").hidden = false;
    await draw();
  } catch (_) {
    complain(words.failed);
  } finally {
    button.disabled = false;
  }
});

async function draw() {
  const here = new Set((await heldHere()).map((key) => key.name));
  document.querySelectorAll("[data-credential]").forEach((row) => { row.querySelector("[data-here]").textContent = here.has(row.dataset.credential) ? words.yes : "—"; });
}

function complain(sentence) {
  at("complaint").textContent = sentence;
  at("complaint").hidden = !sentence;
}

if (!window.isSecureContext || !crypto.subtle) complain(words.insecure);
else if (document.body.dataset.suite !== "international") complain(words.suite);
else draw().then(() => { document.body.dataset.ready = "yes"; });
