/* kaowu · a terminal that signs: one chain of entries, kept here until the node has them, whatever happens between.

   Nothing is shown as recorded before the node has said so. What was handed in and not answered is handed in again
   word for word; what was refused is kept with the reason, and what stood behind it is chained and signed anew. */

import * as drawer from "./drawer.js";
import {
  BY_KEY, MOST_IN_RUN, askMessage, attestationMessage, commitmentOf, entryOf, fromHex, idText, newId, runMessage, sha256, toBase64, toHex,
} from "./entries.js";
import { encode, equal } from "./cbor.js";
import { makeDeviceKey, sign } from "./keys.js";

const SELF = "self", ALSO_REFUSED = "run_not_kept";

export async function terminal() {
  return drawer.get("terminal", SELF);
}

/* Make a key for the device that the code was given for, and have it enrolled; returns a refusal, or nothing. */
export async function enrol(code) {
  const looked = await post("/api/v1/devices/code", { code });
  if (looked.status !== 200) return looked.body;
  const { device, exam, site, suite } = looked.body;
  if (suite !== "international") return { code: "suite_not_in_browsers" };
  const key = await makeDeviceKey(device);
  await drawer.change([["terminal", "put", key, "enrolling"]]);
  const answer = await post("/api/v1/devices/enrol", { code, key: key.text });
  if (answer.status !== 200) return answer.body;
  const self = { device, exam, site, key, sequence: answer.body.sequence, head: fromHex(answer.body.head), stopped: null };
  await drawer.change([["terminal", "put", self, SELF], ["terminal", "delete", "enrolling"]]);
  return null;
}

/* Put one fact into the chain; it is safe once this returns. `persons` are what persons signed with keys of their own. */
export async function add(wanted, signedByPersons) {
  return navigator.locks.request("kaowu-chain", async () => {
    const self = await terminal();
    const fact = await factOf(self, wanted);
    const signatures = signedByPersons ? await signedByPersons(entryOf(fact, 0, self.head)) : [];
    if (signatures === null) return null;
    const row = await placed({ id: toHex(fact.id), fact, salt: fact.salt, signatures, state: "waiting", madeAt: Date.now(), said: wanted.said }, self);
    await drawer.change([["outbox", "put", row], ["terminal", "put", self, SELF]]);
    return row;
  });
}

/* Hand in what waits, run by run. Returns "sent", "offline" or "stopped". */
export async function send() {
  return navigator.locks.request("kaowu-send", async () => {
    for (;;) {
      const self = await terminal();
      if (!self || self.stopped) return self ? "stopped" : "sent";
      const run = await nextRun();
      if (!run.length) return "sent";
      let answer;
      try {
        answer = await post("/api/v1/runs", await requestOf(self, run));
      } catch (_) {
        return "offline";
      }
      if (answer.status >= 500 || answer.status === 429) return "offline";
      await take(answer, run);
    }
  });
}

/* What the node tells an enrolled terminal: the day (rooms, seats, kinds) or only how far its records have come. */
export async function ask(what) {
  const self = await terminal();
  const at = Date.now() + (self.lead || 0);
  const asked = async (moment) => post("/api/v1/terminal/" + what, {
    device: self.device, at: moment, signature: toBase64(await sign(self.key.scheme, self.key.privateKey, askMessage(self.device, moment))),
  });
  const answer = await asked(at);
  if (answer.status !== 409 || answer.body.code !== "clock_apart") return answer;
  self.lead = answer.body.now - Date.now();
  await drawer.change([["terminal", "put", self, SELF]]);
  return asked(answer.body.now);
}

export async function rows() {
  return (await drawer.all("outbox")).sort((one, other) => other.madeAt - one.madeAt);
}

/* after the exam: nothing of it stays on the device; refused while something waits */
export async function clear() {
  const kept = await rows();
  if (kept.some((row) => row.state === "waiting")) return false;
  await drawer.change([["outbox", "clear"], ["terminal", "clear"], ["persons", "clear"]]);
  return true;
}

async function factOf(self, wanted) {
  const salt = crypto.getRandomValues(new Uint8Array(32)), personal = wanted.personal || {};
  return {
    id: newId(wanted.stampedAt), kind: wanted.kind, exam: self.exam, site: self.site, device: self.device, stampedAt: wanted.stampedAt,
    timeSource: wanted.timeSource, actors: wanted.actors, subject: wanted.subject, payload: wanted.payload, plan: wanted.plan,
    personal, salt, commitment: await commitmentOf(personal, salt),
  };
}

/* the row behind the head of the chain, which moves on */
async function placed(row, self) {
  const entry = entryOf(row.fact, self.sequence + 1, self.head), digest = await sha256(entry);
  self.sequence += 1;
  self.head = digest;
  return { ...row, sequence: self.sequence, entry, digest, alone: row.fact.actors.length > 1 || row.signatures.length > 0, run: null };
}

async function nextRun() {
  const waiting = (await drawer.all("outbox")).filter((row) => row.state === "waiting").sort((one, other) => one.sequence - other.sequence);
  if (!waiting.length) return [];
  const [first] = waiting;
  if (first.run) return waiting.filter((row) => row.run === first.run);
  const stop = waiting.findIndex((row) => row.alone || row.run);
  const run = first.alone ? [first] : waiting.slice(0, Math.min(stop < 0 ? waiting.length : stop, MOST_IN_RUN));
  /* The run is named before it leaves: without an answer the very same one is handed in again. */
  for (const row of run) row.run = first.id;
  await drawer.change(run.map((row) => ["outbox", "put", row]));
  return run;
}

async function requestOf(self, run) {
  const seal = async (message) => toBase64(await sign(self.key.scheme, self.key.privateKey, message));
  const attestations = [];
  for (const one of run[run.length - 1].signatures) {
    attestations.push(one.method === BY_KEY ? one : { ...one, signature: await seal(attestationMessage(one, run[0].digest)) });
  }
  return {
    device: self.device,
    entries: run.map((row) => ({
      entry: toBase64(row.entry),
      ...(row.fact.commitment ? { personal: toBase64(encode(row.fact.personal)), salt: toBase64(row.salt) } : {}),
    })),
    signature: await seal(await runMessage(self.device, run.map((row) => row.digest))),
    attestations,
  };
}

async function take(answer, run) {
  if (answer.status === 200) {
    const recorded = run.map((row, at) => {
      const said = answer.body.answers[at];
      return { ...row, state: "recorded", index: said.index, recordedAt: said.recorded_at, findings: said.findings || [] };
    });
    return drawer.change(recorded.map((row) => ["outbox", "put", row]));
  }
  const named = (answer.body.answers || []).filter((said) => run.some((row) => idText(row.fact.id) === said.id));
  if (!answer.body.chain) return stop(answer.body);
  const refused = named.filter((said) => said.outcome === "refused" && said.refusal.code !== ALSO_REFUSED);
  return navigator.locks.request("kaowu-chain", async () => {
    if (refused.length) return chainAnew(answer.body.chain, new Map(refused.map((said) => [said.id, said.refusal])));
    /* Nobody has named the entry at fault: alone it is the one, else each is handed in by itself. */
    if (BROKEN.has(answer.body.code)) return stop(answer.body);
    if (CHAIN.has(answer.body.code)) return run[0].chained ? stop(answer.body) : chainAnew(answer.body.chain, new Map(), true);
    if (run.length === 1) return chainAnew(answer.body.chain, new Map([[idText(run[0].fact.id), answer.body]]));
    return drawer.change(run.map((row) => ["outbox", "put", { ...row, run: row.id }]));
  });
}

const CHAIN = new Set(["device_gap", "device_fork", "device_chain_broken", "run_overlaps"]);
const BROKEN = new Set(["device_revoked", "device_unknown", "device_of_other_exam", "signature_false"]);

/* Behind what the node holds, without what it refused. What persons signed stays valid: it does not name the place. */
async function chainAnew(chain, refused, again = false) {
  const self = await terminal(), kept = (await drawer.all("outbox")).sort((one, other) => one.sequence - other.sequence);
  const head = fromHex(chain.head), reached = kept.findIndex((row) => equal(row.digest, head));
  self.sequence = chain.sequence;
  self.head = head;
  const changed = [];
  for (const [at, row] of kept.entries()) {
    if (row.state !== "waiting") continue;
    const refusal = refused.get(idText(row.fact.id));
    if (refusal) changed.push({ ...row, state: "refused", refusal });
    else if (at <= reached) changed.push({ ...row, state: "recorded", index: null, findings: [] });
    else changed.push({ ...(await placed(row, self)), chained: again });
  }
  return drawer.change([...changed.map((row) => ["outbox", "put", row]), ["terminal", "put", self, SELF]]);
}

async function stop(refusal) {
  const self = await terminal();
  await drawer.change([["terminal", "put", { ...self, stopped: refusal }, SELF]]);
}

export async function post(address, content) {
  const answer = await fetch(address, {
    method: "POST", body: JSON.stringify(content), headers: { "Content-Type": "application/json" }, cache: "no-store", credentials: "same-origin",
  });
  const body = await answer.json().catch(() => ({}));
  return { status: answer.status, body };
}
