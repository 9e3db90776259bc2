/* kaowu · a rectangle on the scan of a form, by pointer or by keys; its numbers stand in the form beside it. */
"use strict";

document.querySelectorAll("[data-describe]").forEach((desk) => {
  const picture = desk.querySelector("svg"), drawn = desk.querySelector("[data-drawn]");
  const field = (name) => document.querySelector("[name=" + name + "]");
  const inputs = { x: field("left"), y: field("top"), width: field("wide"), height: field("high") };
  const whole = picture.viewBox.baseVal;
  let from = null;

  const value = (side) => Number(inputs[side].value) || 0;

  function show() {
    Object.keys(inputs).forEach((side) => drawn.setAttribute(side, Math.max(0, value(side))));
  }

  function put(x, y, width, height) {
    const set = (side, number) => { inputs[side].value = Math.round(number); };
    set("x", Math.max(0, Math.min(x, whole.width)));
    set("y", Math.max(0, Math.min(y, whole.height)));
    set("width", Math.max(1, Math.min(width, whole.width - value("x"))));
    set("height", Math.max(1, Math.min(height, whole.height - value("y"))));
    show();
  }

  function place(event) {
    const box = picture.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width * whole.width, y: (event.clientY - box.top) / box.height * whole.height };
  }

  picture.addEventListener("pointerdown", (event) => {
    from = place(event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = place(event);
    put(Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  });
  ["pointerup", "pointercancel"].forEach((name) => picture.addEventListener(name, () => { from = null; }));

  picture.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.ctrlKey ? 1 : 10;
    if (event.shiftKey) put(value("x"), value("y"), value("width") + way[0] * step, value("height") + way[1] * step);
    else put(value("x") + way[0] * step, value("y") + way[1] * step, value("width") || 100, value("height") || 100);
  });

  Object.values(inputs).forEach((input) => input.addEventListener("input", show));
  show();
});
