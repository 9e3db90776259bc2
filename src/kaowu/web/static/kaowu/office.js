/* kaowu · office behaviour: table by keyboard, search key, clock, idle notice. Small and plain on purpose. */
"use strict";

const typing = (element) => element.matches("input, textarea, select, [contenteditable]");

/* ↑ ↓ move between rows, Space selects, Enter opens, / goes to the search field */
document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.key === "/" && !typing(target)) {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
    return;
  }
  if (event.key === "Escape") { document.querySelectorAll("details[open].who, details[open].switch").forEach((d) => { d.open = false; }); }
  const row = target.closest ? target.closest("tr[tabindex]") : null;
  if (!row || typing(target)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    let next = row;
    do { next = event.key === "ArrowDown" ? next.nextElementSibling : next.previousElementSibling; } while (next && !next.hasAttribute("tabindex"));
    if (next) { event.preventDefault(); row.tabIndex = -1; next.tabIndex = 0; next.focus(); }
  } else if (event.key === "Enter" && target === row && row.dataset.href) {
    window.location.assign(row.dataset.href);
  } else if (event.key === " ") {
    const box = row.querySelector("input[type=checkbox]");
    if (box) { event.preventDefault(); box.click(); }
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, label") && !String(window.getSelection())) window.location.assign(row.dataset.href);
  document.querySelectorAll("details[open].who, details[open].switch").forEach((d) => { if (!d.contains(event.target)) d.open = false; });
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  const scroller = event.target.closest("[data-print]");
  if (scroller) window.print();
});

/* a row shows that it is selected, and the batch bar counts */
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("[data-all]")) box.closest("table").querySelectorAll("tbody input[type=checkbox]").forEach((b) => { b.checked = box.checked; mark(b); });
  else if (box.matches("tbody input[type=checkbox]")) mark(box);
  if (box.matches("input[type=file]")) { const name = box.parentNode.querySelector("[data-file-name]"); if (name && box.files.length) name.textContent = box.files[0].name + (box.files.length > 1 ? " + " + (box.files.length - 1) : ""); }
  if (box.matches("[data-submit]")) box.form.requestSubmit ? box.form.requestSubmit() : box.form.submit();
});
function mark(box) {
  const row = box.closest("tr");
  if (row) row.setAttribute("aria-selected", String(box.checked));
  const table = box.closest("table"), counter = document.querySelector("[data-selected]");
  if (table && counter) counter.textContent = table.querySelectorAll("tbody input[type=checkbox]:checked").length;
}

/* a form that was sent is not sent twice; the button keeps its width */
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  const button = event.submitter;
  if (button && button.dataset.busy) { button.style.minWidth = button.offsetWidth + "px"; button.textContent = button.dataset.busy; }
  setTimeout(() => { delete event.target.dataset.sent; }, 4000);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => { delete f.dataset.sent; }));

/* exam time runs on from the server's, in Asia/Shanghai whatever the computer believes */
const clock = document.querySelector("[data-clock]");
if (clock) {
  const lead = Number(clock.dataset.clock) * 1000 - Date.now();
  setInterval(() => { clock.textContent = new Date(Date.now() + lead + 8 * 3600000).toISOString().slice(11, 19); }, 1000);
}

/* two minutes before the idle limit the page says so */
const idle = document.getElementById("idle"), limit = Number(document.body.dataset.idleSeconds || 0);
if (idle && limit) {
  let last = Date.now(), sent = Date.now();
  const stay = () => {
    fetch(document.body.dataset.stay, { method: "POST", headers: JSON.parse(document.body.getAttribute("hx-headers")) });
    sent = last = Date.now(); idle.hidden = true;
  };
  ["keydown", "pointerdown", "input"].forEach((name) => document.addEventListener(name, () => {
    last = Date.now();
    if (last - sent > 300000) stay();
  }, { passive: true }));
  idle.querySelector("[data-stay-now]").addEventListener("click", stay);
  setInterval(() => {
    const quiet = (Date.now() - Math.max(last, sent)) / 1000;
    idle.hidden = quiet < limit - 120;
    if (quiet > limit + 5) window.location.reload();
  }, 5000);
}

/* a table wider than its place takes the width of its detail; one that is wider still scrolls inside, by keyboard too */
const fit = () => {
  document.querySelectorAll(".work.fit").forEach((work) => work.classList.remove("fit"));
  document.querySelectorAll("main .scroll > table, main .panel > table").forEach((table) => {
    const box = table.parentNode, work = box.closest(".left") && box.closest(".work");
    const isWide = () => table.offsetWidth > box.clientWidth + 1;
    box.classList.remove("x");
    if (work && isWide()) work.classList.add("fit");
    box.classList.toggle("x", isWide());
    if (isWide()) box.tabIndex = 0; else box.removeAttribute("tabindex");
  });
};
["load", "resize"].forEach((name) => window.addEventListener(name, fit));
document.addEventListener("htmx:afterSettle", fit);

/* a revealed number closes again by itself */
document.addEventListener("htmx:afterSwap", () => document.querySelectorAll("[data-hide-after]").forEach((shown) => {
  if (shown.dataset.counting) return;
  shown.dataset.counting = "1";
  setTimeout(() => { shown.textContent = shown.dataset.masked; }, Number(shown.dataset.hideAfter) * 1000);
}));
