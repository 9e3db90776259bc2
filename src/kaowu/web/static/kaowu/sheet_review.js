/* kaowu · judging crops by keyboard: one at a time, back and forth, handed in together. Without it the form shows all. */
"use strict";

document.querySelectorAll("[data-review]").forEach((form) => {
  const crops = [...form.querySelectorAll("[data-crop]")], sum = form.querySelector("[data-sum]"), list = form.querySelector("[data-list]");
  const back = form.querySelector("[data-back]"), next = form.querySelector("[data-next]"), handIn = form.querySelector("[data-hand-in]");
  let at = 0, typed = "";

  const boxes = (crop) => [...crop.querySelectorAll("input[type=checkbox]")];
  const chosen = (crop) => boxes(crop).filter((box) => box.checked);

  function show(place) {
    at = Math.max(0, Math.min(place, crops.length));
    typed = "";
    crops.forEach((crop, number) => { crop.hidden = number !== at; });
    sum.hidden = at < crops.length;
    back.hidden = at === 0;
    next.hidden = at === crops.length;
    handIn.hidden = at < crops.length;
    if (at === crops.length) summary();
  }

  /* whoever hears the page is taken along; on the first look the focus stays where it is */
  function go(place) {
    show(place);
    (at === crops.length ? handIn : crops[at]).focus();
  }

  function summary() {
    list.replaceChildren(...crops.map((crop, number) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = (number + 1) + "　" + (chosen(crop).map((box) => box.nextElementSibling.textContent).join("") || "—");
      button.addEventListener("click", () => go(number));
      item.append(button);
      return item;
    }));
  }

  function settle(crop, box) {
    if (box.checked) {
      boxes(crop).forEach((other) => {
        if (other !== box && ("one" in crop.dataset || "alone" in box.dataset || "alone" in other.dataset)) other.checked = false;
      });
    }
    boxes(crop).forEach((one) => one.parentNode.classList.toggle("on", one.checked));
  }

  function press(crop, key) {
    const all = boxes(crop);
    let box = all.find((one) => one.dataset.key.toUpperCase() === key.toUpperCase());
    if (!box && "one" in crop.dataset && /^[0-9]$/.test(key)) {
      typed = (typed + key).slice(-3);
      box = all.find((one) => one.dataset.key === typed) || all.find((one) => one.dataset.key === typed.slice(-2));
    } else if (!box && /^[1-9]$/.test(key)) {
      box = all.filter((one) => !("alone" in one.dataset))[Number(key) - 1];
    }
    if (!box) return false;
    box.checked = !box.checked;
    settle(crop, box);
    return true;
  }

  form.addEventListener("change", (event) => {
    const crop = event.target.closest("[data-crop]");
    if (crop) settle(crop, event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft" || event.key === "Backspace") { event.preventDefault(); go(at - 1); return; }
    if (at === crops.length) return;
    if (event.key === "Enter" || event.key === "ArrowRight") {
      if (event.target.closest("a, button, summary")) return; /* these do what they say */
      event.preventDefault();
      go(at + 1);
    } else if (event.key.length === 1 && event.key !== " " && press(crops[at], event.key)) {
      event.preventDefault();
    }
  });
  crops.forEach((crop) => { crop.tabIndex = -1; });
  back.addEventListener("click", () => go(at - 1));
  next.addEventListener("click", () => go(at + 1));
  form.querySelector("[data-help]").hidden = false;
  show(0);
});
