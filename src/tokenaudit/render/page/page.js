"use strict";
// Headings of columns become buttons that sort; without this script the page is whole, and unsorted.
const scales = { "": 1, k: 1e3, M: 1e6, B: 1e9, T: 1e12 };

// What a cell sorts by: its number, or its text where it is none; "-" is not known, and always last.
function valueOf(cell) {
  const text = cell ? cell.textContent.trim() : "-";
  if (text === "-") return null;
  const found = /^<?([+-]?[\d,]*\.?\d+)([kMBT]?)(%| pp)?$/.exec(text);
  return found ? Number(found[1].replaceAll(",", "")) * scales[found[2]] : text;
}

function compared(left, right, sign) {
  if (left === null || right === null) return (left === null) - (right === null);
  if (typeof left === "number" && typeof right === "number") return sign * (left - right);
  return sign * String(left).localeCompare(String(right), "en", { numeric: true });
}

// A group moves as a whole, by its first line that says something; lines without a group by themselves.
function sortTable(table, place, sign) {
  const key = (rows) => rows.map((row) => valueOf(row.cells[place])).find((value) => value !== null) ?? null;
  const bodies = [...table.tBodies];
  const grouped = table.querySelector("tr.group") !== null;
  const things = grouped ? bodies : [...bodies[0].rows];
  const keyed = things.map((thing) => [key(grouped ? [...thing.rows].filter((row) => !row.classList.contains("group")) : [thing]), thing]);
  keyed.sort((left, right) => compared(left[0], right[0], sign));
  for (const [, thing] of keyed) thing.parentNode.append(thing);
}

for (const table of document.querySelectorAll("table")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const rising = heading.getAttribute("aria-sort") === "ascending";
      for (const each of headings) each.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", rising ? "descending" : "ascending");
      sortTable(table, place, rising ? -1 : 1);
    });
  });
}

addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
