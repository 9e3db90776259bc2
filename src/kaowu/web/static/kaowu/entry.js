/* Score entry by keyboard: Enter and arrows move, what exceeds the full mark is marked, the count is said. */
(() => {
  const form = document.querySelector("[data-entry]");
  if (!form) return;
  const cells = [...form.querySelectorAll("input.pt")];
  const across = form.querySelector("tbody tr")?.querySelectorAll("input.pt").length || 1;
  const count = form.querySelector("[data-count]");
  const said = document.documentElement.lang === "en" ? (n, all) => `${n} of ${all} entered` : (n, all) => `已录 ${n}/${all}`;

  function judge(cell) {
    const text = cell.value.trim();
    const wrong = text !== "" && text !== "-" && (!/^\d{1,5}(\.\d{1,2})?$/.test(text) || Number(text) > Number(cell.dataset.most));
    cell.classList.toggle("err", wrong);
    if (wrong) cell.setAttribute("aria-invalid", "true"); else cell.removeAttribute("aria-invalid");
  }
  function tell() { count.textContent = said(cells.filter((cell) => cell.value.trim() !== "").length, cells.length); }
  function go(at) { const cell = cells[at]; if (cell) { cell.focus(); cell.select(); } }

  const steps = { Enter: 1, ArrowDown: across, ArrowUp: -across };
  form.addEventListener("keydown", (event) => {
    const at = cells.indexOf(event.target);
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    if (event.key === "Enter" && at === cells.length - 1) form.querySelector("button[type=submit]").focus();
    else go(at + steps[event.key]);
  });
  form.addEventListener("input", (event) => { if (event.target.classList.contains("pt")) { judge(event.target); tell(); } });
  cells.forEach(judge);
  tell();
  go(Math.max(cells.findIndex((cell) => cell.value === ""), 0));
})();
