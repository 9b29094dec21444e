// The filter above a list: a search, and selections of values that the list has.

import { draw, element } from "./dom.js";
import { counted } from "./format.js";

/** Calls `changed` when the user changes the filter. Escape clears it. */
export function startFilter(form, changed) {
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      form.reset();
      changed();
    }
  });
}

/** The filter as the query of an address. */
export function filterQuery(form) {
  const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
  return new URLSearchParams(chosen).toString();
}

/** Draws the choices of the selections, by the name of each selection. The chosen value stays. */
export function drawFilter(form, choices) {
  for (const [name, values] of Object.entries(choices)) {
    const selection = form.elements[name];
    const chosen = selection.value;
    draw(selection, values, (names) => [
      element("option", { value: "" }, "all"),
      ...names.map((value) => element("option", { value, selected: value === chosen }, value)),
    ]);
  }
}

/** Says how many entries of a list match the filter, and how many of them it shows. */
export function matchingWords(shown, matching, noun) {
  if (matching === 0) {
    return `No ${noun} matches. Escape in the search shows all.`;
  }
  const all = counted(matching, noun);
  return shown < matching ? `${shown} of ${all}; search to see others` : all;
}
