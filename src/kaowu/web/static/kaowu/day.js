/* kaowu · exam day: the scanner field is ready at once, and an id is never used for two forms. */
"use strict";

/* a wedge scanner types and presses Enter: whatever has no focus goes to the scan field */
const scan = document.getElementById("scan-ticket");
if (scan) {
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (/^[0-9A-Za-z]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey && !target.matches("input, textarea, select")) scan.focus();
  });
}

/* one person alone: the second row stays empty and says so */
const alone = document.querySelector("input[name=alone]");
if (alone) {
  const second = ["second_number", "second_password"].map((name) => document.querySelector(`input[name=${name}]`));
  const set = () => second.forEach((field) => { field.disabled = alone.checked; });
  alone.addEventListener("change", set);
  set();
}
