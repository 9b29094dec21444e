// The list of streams that changed last, and its filter.

import { streamAddress } from "./address.js";
import { at, draw, element } from "./dom.js";
import { category, counted, money, nameOf, timeOfDay } from "./format.js";
import { arrows, stopAt } from "./keyboard.js";

const ROWS = "a";
/** The names of the form's selections, with the API's name of their values. */
const SELECTIONS = { category: "categories", user: "users", type: "types" };

/** Calls `changed` when the user changes the filter. Escape clears it. */
export function startList(changed) {
  const form = at("filter");
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      form.reset();
      changed();
    }
  });
  arrows(at("streams"), ROWS);
}

/** The filter as the query of an address. */
export function filterQuery() {
  const chosen = [...new FormData(at("filter"))].filter(([, value]) => value !== "");
  return new URLSearchParams(chosen).toString();
}

/** Draws the choices of the filter. The chosen value stays. */
export function drawFilter(values) {
  for (const [id, name] of Object.entries(SELECTIONS)) {
    const selection = at(id);
    const chosen = selection.value;
    draw(selection, values[name], (names) => [
      element("option", { value: "" }, "all"),
      ...names.map((value) => element("option", { value, selected: value === chosen }, value)),
    ]);
  }
}

/** Draws the streams, each as a link to its own address. */
export function drawStreams(streams, matching, selected) {
  const container = at("streams");
  draw(container, { streams, selected }, () => streams.map((stream) => row(stream, selected)));
  if (!container.contains(document.activeElement)) {
    const stop = container.querySelector("a[aria-current]") ?? container.querySelector(ROWS);
    stopAt(container, ROWS, stop);
  }
  const words = matching === 0 ? "No stream matches. Escape in the search shows all." : counted(matching, "stream");
  at("matching").textContent =
    streams.length < matching ? `${streams.length} of ${counted(matching, "stream")}; search to see others` : words;
}

function row(stream, selected) {
  const { headline } = stream;
  const attributes = {
    href: streamAddress(stream.id),
    title: stream.id,
    "data-key": stream.id,
    "aria-current": stream.id === selected && "true",
  };
  const state = headline.state ?? stream.type;
  const late = element("span", { class: "badge", "data-state": "late" }, `${stream.behind} behind`);
  const link = element(
    "a",
    attributes,
    element("strong", {}, nameOf(stream)),
    " ",
    element("span", { class: "amount" }, headline.amount === null ? "" : money(headline.amount)),
    element(
      "small",
      {},
      element("span", {}, category(stream.id)),
      " ",
      element("span", { class: "badge" }, state),
      " ",
      stream.behind > 0 ? late : null,
      element("span", { class: "rest" }, ` v${stream.version} · ${timeOfDay(stream.at)} · ${stream.by}`),
    ),
  );
  return element("li", {}, link);
}
