// Draws a stream's views and how far each one is behind.

import { draw, element, unfolding } from "./dom.js";
import { pretty } from "./format.js";

/** Draws the views of a stream. `version` is the version of its last event. */
export function drawViews(container, views, version) {
  const none = () => element("li", { class: "card quiet" }, "none yet");
  draw(container, { views, version }, () => (views.length === 0 ? [none()] : views.map((view) => card(view, version))));
}

function card(view, version) {
  const behind = version - view.version;
  const state = behind > 0 ? "late" : "good";
  const words = behind > 0 ? `v${view.version}, ${behind} behind` : `v${view.version}`;
  const name = view.name.replace(/^checkpoint#/, "");
  const badge = element("span", { class: "badge", "data-state": state }, words);
  const summary = [element("strong", {}, name), " ", badge];
  const content = element("pre", {}, pretty(view.attributes));
  return element("li", { class: "card" }, unfolding(`${view.table}/${view.name}`, {}, summary, content));
}
