// The list of streams that changed last, and its filter.

import { streamAddress } from "./address.js";
import { at, draw, element } from "./dom.js";
import { matchingWords, startFilter } from "./filter.js";
import { category, money, nameOf, timeOfDay } from "./format.js";
import { arrows, stopAt } from "./keyboard.js";

const ROWS = "a";

/** Calls `changed` when the user changes the filter. */
export function startList(changed) {
  startFilter(at("filter"), changed);
  arrows(at("streams"), ROWS);
}

/** Draws the streams, each as a link to its own address. */
export function drawStreams(streams, matching, selected) {
  const container = at("streams");
  draw(container, { streams, selected }, () => streams.map((stream) => row(stream, selected)));
  if (!container.contains(document.activeElement)) {
    const stop = container.querySelector("a[aria-current]") ?? container.querySelector(ROWS);
    stopAt(container, ROWS, stop);
  }
  at("matching").textContent = matchingWords(streams.length, matching, "stream");
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
