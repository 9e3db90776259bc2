/* kaowu · cockpit: new pictures by server-sent events, by polling where those do not come through.
   The clock and every countdown run on from the server's time; the age of the picture is always known. */
"use strict";

const body = document.body, words = body.dataset;
const OLD_MS = 15000, STALE_MS = 60000, POLL_MS = 3000;
let base = Number(words.now), speed = Number(words.speed), since = performance.now();
let starts = Number(words.starts), ends = Number(words.ends);
let heard = performance.now(), version = "", ended = false;

const now = () => base + (performance.now() - since) * speed;
const two = (n) => String(n).padStart(2, "0");
const DAY_MS = 86400000, dayOf = (at) => Math.floor((at + 8 * 3600000) / DAY_MS);
const hms = (at) => new Date(at + 8 * 3600000).toISOString().slice(11, 19);
const length = (ms) => {
  const s = Math.floor(Math.abs(ms) / 1000), h = Math.floor(s / 3600);
  return h ? h + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60) : two(Math.floor(s / 60)) + ":" + two(s % 60);
};
const set = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

function tick() {
  const at = now(), clock = document.getElementById("clock"), left = document.getElementById("countdown");
  set(clock, hms(at));
  const to = at < starts ? starts : ends, days = starts - at < DAY_MS ? 0 : dayOf(starts) - dayOf(at);
  set(document.getElementById("countdown-words"), days >= 1 ? words.before : at < starts ? words.untilStart : at < ends ? words.untilEnd : words.afterEnd);
  const shown = days >= 1 ? String(days) : at < ends ? length(to - at) : "+" + length(at - ends);
  set(left, shown);
  left.className = "num" + (shown.length > 5 ? " long" : "") + (at >= ends ? " passed" : "");
  document.querySelectorAll("[data-since]").forEach((e) => { const t = length(at - Number(e.dataset.since)); set(e, t); e.classList.toggle("long", t.length > 5); });
  document.querySelectorAll("[data-until]").forEach((e) => set(e, length(Math.max(0, Number(e.dataset.until) - at))));
  const age = performance.now() - heard, mark = document.getElementById("age");
  set(document.getElementById("age-words"), ended ? words.ended : age > STALE_MS ? words.stale + " " + Math.floor(age / 1000) + " " + words.second : age > OLD_MS ? words.age + " " + Math.floor(age / 1000) + " " + words.second : words.fresh);
  mark.classList.toggle("old", age > OLD_MS || ended);
  document.documentElement.classList.toggle("is-stale", age > STALE_MS || ended);
}

function take(picture) {
  heard = performance.now();
  version = picture.version;
  base = picture.clock.now; speed = picture.clock.speed; since = performance.now();
  starts = picture.clock.starts_at; ends = picture.clock.ends_at;
  document.documentElement.classList.toggle("exercise", picture.clock.is_exercise);
  for (const name in picture.panels) {
    const slot = document.querySelector('[data-panel="' + name + '"]');
    if (slot && slot.dataset.drawn !== picture.panels[name]) { slot.dataset.drawn = picture.panels[name]; slot.innerHTML = picture.panels[name]; }
  }
  tick();
}

let polling = 0;
function poll() {
  if (ended) return;
  fetch(words.poll, { headers: version ? { "If-None-Match": '"' + version + '"' } : {}, cache: "no-store" }).then((answer) => {
    if (answer.status === 401 || answer.redirected) { ended = true; tick(); return null; }
    if (answer.status === 304) { heard = performance.now(); return null; }
    return answer.ok ? answer.json() : null;
  }).then((picture) => { if (picture) take(picture); }).catch(() => {});
}

function listen() {
  if (!window.EventSource) { polling = setInterval(poll, POLL_MS); return; }
  const stream = new EventSource(words.stream);
  stream.addEventListener("snapshot", (event) => { stop(); take(JSON.parse(event.data)); });
  stream.addEventListener("ping", () => { stop(); heard = performance.now(); });
  stream.addEventListener("ended", () => { ended = true; stream.close(); tick(); });
  stream.addEventListener("error", () => {
    if (!polling) polling = setInterval(poll, POLL_MS);
    if (stream.readyState === EventSource.CLOSED && !ended) setTimeout(listen, 5000);
  });
  function stop() { if (polling) { clearInterval(polling); polling = 0; } }
}

/* a wall that is looked at counts as use; after the longest login it ends all the same */
setInterval(() => fetch(words.stay, { method: "POST", headers: { "X-CSRFToken": words.csrf } }).catch(() => {}), 300000);
setInterval(tick, 250);
tick();
listen();
