/* kaowu · the field terminal: scan, act, and see how far each record has come. Works alone; hands in when it can. */

import * as drawer from "./drawer.js";
import * as outbox from "./outbox.js";
import { field, made, readForm, saidIn, valuesOf } from "./fact_fields.js";
import { actorsOf, rowsOf, signBoth } from "./two_keys.js";
import { fromHex } from "./entries.js";

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const AGAIN_MS = 5000, SHOWN = 50;

let self = null, state = "unknown", sending = null;

async function begin() {
  if (!window.isSecureContext || !crypto.subtle) return complain(words.insecure);
  if (document.body.dataset.suite !== "international") return complain(words.suite);
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
  keepPage();
  self = await outbox.terminal();
  await (self ? work() : null);
  at("enrol").hidden = Boolean(self);
  at("work").hidden = !self;
  document.body.dataset.ready = "yes";
}

/* ---- enrol ---- */

at("enrol").addEventListener("submit", async (event) => {
  event.preventDefault();
  const refusal = await outbox.enrol(at("code").value).catch(() => ({ sentence: null }));
  if (refusal) return complain(refusal.sentence ? saidIn(refusal.sentence) : refusal.code === "suite_not_in_browsers" ? words.suite : words.failed);
  complain("");
  await begin();
});

/* ---- the day ---- */

async function work() {
  at("device").textContent = self.device;
  await refresh();
  if (self.day) await drawDay();
  await draw();
  hand();
  if (!work.begun) {
    work.begun = true;
    setInterval(hand, AGAIN_MS);
    window.addEventListener("online", hand);
    window.addEventListener("offline", () => { state = "offline"; draw(); });
  }
}

async function refresh() {
  const answer = await outbox.ask("day").catch(() => null);
  self = await outbox.terminal();
  if (!answer || answer.status !== 200) {
    state = answer ? "stopped" : "offline";
    if (answer && answer.status === 403 && !self.stopped) self.stopped = answer.body;
    return;
  }
  state = "online";
  await remember({ ...self, day: answer.body, ticks: answer.body, told: Date.now() });
}

async function remember(changed) {
  self = changed;
  await navigator.locks.request("kaowu-chain", async () => {
    const latest = await outbox.terminal();
    self = { ...latest, day: changed.day, ticks: changed.ticks, told: changed.told };
    await drawer.change([["terminal", "put", self, "self"]]);
  });
}

/* the exam's clock, as the node last told it and this device has run on */
function now() {
  const { ticks, told } = self;
  return Math.round(ticks.now + (Date.now() - told) * ticks.speed);
}

async function drawDay() {
  const { day } = self, chosen = (await drawer.get("terminal", "chosen")) || {};
  at("place").textContent = day.site_name;
  options(at("sitting"), day.sittings.map((one) => [one.sitting, one.sitting + " " + one.subjects.join("、")]), chosen.sitting || nearest());
  drawRooms(chosen.room);
  options(at("operator"), day.staff.map((one) => [one.account, one.account]), chosen.operator);
  drawPosts(chosen.post);
  at("acts").replaceChildren(...day.kinds.filter((kind) => kind.kind !== "candidate_admitted").map((kind) => {
    const button = made("button", { type: "button", className: "btn", "data-kind": kind.kind }, saidIn(kind.duty));
    button.addEventListener("click", () => openAct(kind));
    return button;
  }));
  const identity = day.kinds.find((kind) => kind.kind === "candidate_admitted").fields.find((spec) => spec.name === "identity");
  options(at("identity"), identity.choices.map((choice) => [choice.code, saidIn(choice.label)]), at("identity").value);
}

function nearest() {
  const open = self.day.sittings.filter((one) => one.ends_at > now());
  return (open[0] || self.day.sittings[0] || {}).sitting;
}

function drawRooms(wanted) {
  const sitting = self.day.sittings.find((one) => one.sitting === at("sitting").value);
  options(at("room"), Object.keys(sitting ? sitting.rooms : {}).map((room) => [room, room]), wanted);
}

function drawPosts(wanted) {
  const held = self.day.staff.find((one) => one.account === at("operator").value);
  options(at("post"), (held ? held.posts : []).map((post) => [post, self.day.posts[post] || post]), wanted);
}

function options(select, pairs, wanted) {
  select.replaceChildren(...pairs.map(([value, said]) => made("option", { value }, said)));
  if (wanted !== undefined && pairs.some(([value]) => value === wanted)) select.value = wanted;
}

for (const id of ["sitting", "room", "operator", "post"]) {
  at(id).addEventListener("change", async () => {
    if (id === "sitting") drawRooms(at("room").value);
    if (id === "operator") drawPosts(at("post").value);
    await drawer.change([["terminal", "put", { sitting: at("sitting").value, room: at("room").value, operator: at("operator").value, post: at("post").value }, "chosen"]]);
    closeAct();
    await draw();
  });
}

const subject = () => [at("sitting").value, self.site, at("room").value].join("/");

/* ---- scan ---- */

at("scan").addEventListener("submit", async (event) => {
  event.preventDefault();
  const ticket = at("ticket").value.normalize("NFC").trim();
  if (!ticket || !at("operator").value || !at("post").value) return say(words.choose, true);
  const seat = seatOf(ticket), before = await scanned(ticket);
  at("ticket").value = "";
  at("ticket").focus();
  if (before) return say(words.twice + " " + ticket, true);
  const kind = self.day.kinds.find((one) => one.kind === "candidate_admitted");
  const { payload, personal } = valuesOf(kind.fields, { admission_number: ticket, identity: at("identity").value });
  await outbox.add(wanted(kind, payload, personal, [[at("operator").value, at("post").value]], ticket));
  at("identity").selectedIndex = 0;
  say(seat ? words.seat + " " + seat + "　" + ticket : words.not_expected + " " + ticket, !seat);
  await draw();
  hand();
});

function seatOf(ticket) {
  const sitting = self.day.sittings.find((one) => one.sitting === at("sitting").value);
  const found = ((sitting && sitting.rooms[at("room").value]) || []).find(([, number]) => number === ticket);
  return found ? found[0] : null;
}

async function scanned(ticket) {
  const rows = await outbox.rows();
  return rows.some((row) => row.state !== "refused" && row.fact.kind === "candidate_admitted" && row.fact.subject === subject() && row.fact.payload.admission_number === ticket);
}

function wanted(kind, payload, personal, actors, detail) {
  return {
    kind: kind.kind, payload, personal, actors, subject: subject(), stampedAt: now(), plan: self.day.plan ? fromHex(self.day.plan) : null,
    timeSource: self.day.is_exercise ? "script" : "device", said: saidIn(kind.label) + (detail ? "　" + detail : ""),
  };
}

/* ---- acts: one person in charge, or two with keys of their own ---- */

async function openAct(kind) {
  const specs = kind.fields.filter((spec) => spec.shape !== "digest" && spec.name !== "written_at");
  const form = made("form", { className: "panel act p stack", id: "act", noValidate: true });
  const offered = { subject: self.day.sittings.find((one) => one.sitting === at("sitting").value).subjects, admission_number: ticketsHere() };
  form.append(made("h2", {}, saidIn(kind.duty)), made("div", { className: "two-col" }, ...specs.map((spec) => field(spec, words, offered[spec.name]))));
  const staff = self.day.staff.map((one) => ({ ...one, posts: one.posts.filter((post) => kind.posts.includes(post)) })).filter((one) => one.posts.length);
  const two = kind.persons > 1 ? await rowsOf(self.exam, staff, self.day.posts, words) : null;
  if (two) form.append(two.element);
  form.append(made("div", { className: "row" }, made("button", { className: "btn pri", type: "submit" }, two ? words.sign : saidIn(kind.duty))));
  form.addEventListener("submit", (event) => { event.preventDefault(); record(kind, form, two); });
  at("form").replaceChildren(form);
  form.scrollIntoView({ block: "nearest" });
}

async function record(kind, form, two) {
  const { payload, personal, faults } = valuesOf(kind.fields, readForm(form, kind.fields));
  if (faults.length) return say(faults.map((spec) => saidIn(spec.label)).join("、") + " " + words.required, true);
  const both = two ? actorsOf(two.rows, words) : { actors: [[at("operator").value, at("post").value]] };
  if (both.fault) return say(both.fault, true);
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const row = await outbox.add(wanted(kind, payload, personal, both.actors), two && ((entry) => signBoth(both.chosen, entry, now)));
  button.disabled = false;
  if (!row) return say(words.wrong_pin, true);
  closeAct();
  say(row.said + "　" + words.kept_here);
  await draw();
  hand();
}

function ticketsHere() {
  const sitting = self.day.sittings.find((one) => one.sitting === at("sitting").value);
  return ((sitting && sitting.rooms[at("room").value]) || []).map(([, ticket]) => ticket);
}

function closeAct() {
  at("form").replaceChildren();
}

/* ---- hand in, and show how far it has come ---- */

function hand() {
  sending = sending || handIn().finally(() => { sending = null; });
  return sending;
}

async function handIn() {
  const sent = await outbox.send();
  state = sent === "offline" ? "offline" : sent === "stopped" ? "stopped" : state;
  if (sent === "sent") {
    const answer = await outbox.ask("ticks").catch(() => null);
    state = !answer ? "offline" : answer.status === 200 ? "online" : "stopped";
    if (state === "online") await remember({ ...self, ticks: answer.body, told: Date.now() });
    if (state === "online" && !self.day) { await refresh(); await drawDay(); }
  }
  self = await outbox.terminal();
  await draw();
}

async function draw() {
  const rows = await outbox.rows(), waiting = rows.filter((row) => row.state === "waiting").length;
  const stopped = self.stopped && self.stopped.sentence ? saidIn(self.stopped.sentence) : "";
  at("state").textContent = (state === "stopped" ? words.stopped + "　" + stopped : words[state]) + "　" + (waiting ? words.wait.replace("{n}", waiting) : words.nothing_waits);
  at("state").className = "st " + (state === "online" ? "ok" : state === "offline" ? "st1" : "stu");
  document.body.dataset.waiting = waiting;
  at("records").replaceChildren(...rows.slice(0, SHOWN).map(line));
}

function line(row) {
  const marks = made("td", { className: "ticks" }, ...ticksOf(row));
  const said = made("td", {}, row.said, ...(row.findings || []).map((found) => made("p", { className: "cap" }, saidIn(found.sentence))));
  if (row.refusal) said.append(made("p", { className: "st st3" }, saidIn(row.refusal.sentence) + (row.refusal.remedy ? " " + saidIn(row.refusal.remedy) : "")));
  const time = new Date(row.fact.stampedAt + 8 * 3600000).toISOString().slice(11, 19);
  const who = row.fact.actors.map(([account]) => account).join(" · ") + (row.signatures.length ? "（" + words.by_key + "）" : "");
  return made("tr", { "data-state": row.state }, made("td", { className: "num" }, time), said, made("td", { className: "mono" }, who), marks);
}

/* what is not known is never drawn as held */
function ticksOf(row) {
  const tick = (said, held) => made("span", { className: "tick " + (held === null ? "unknown" : held ? "held" : "open") }, said + (held === null ? " ？" : held ? " ●" : " ○"));
  const marks = [tick(words.waiting, true)];
  if (row.state === "refused") return [...marks, tick(words.refused, false)];
  marks.push(tick(words.recorded + (row.index != null ? " " + row.index : ""), row.state === "recorded"));
  for (const copy of (self.ticks && self.ticks.held_above) || []) {
    marks.push(tick(copy.label, copy.state === "unknown" || row.index == null ? null : copy.size > row.index));
  }
  return marks;
}

function say(sentence, isWrong = false) {
  at("said").textContent = sentence;
  at("said").className = "say " + (isWrong ? "wrong" : "");
}

function complain(sentence) {
  at("complaint").textContent = sentence;
  at("complaint").hidden = !sentence;
}

at("clear").addEventListener("click", async () => {
  if (!(await outbox.clear())) return say(words.still_waits, true);
  self = null;
  at("work").hidden = true;
  at("enrol").hidden = false;
  complain(words.cleared);
});

/* the page and what it is made of, kept for when there is no network */
async function keepPage() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(document.body.dataset.keeper);
  const { active } = await navigator.serviceWorker.ready;
  const parts = performance.getEntriesByType("resource").map((one) => one.name).filter((name) => name.includes("/static/"));
  const answered = new MessageChannel();
  answered.port1.onmessage = (event) => { document.body.dataset.kept = event.data; };
  active.postMessage({ keep: [location.href, ...new Set(parts)] }, [answered.port2]);
}

begin();
