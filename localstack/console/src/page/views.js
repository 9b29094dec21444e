// Draws a stream's views and how far each one is behind.

import { definitions, draw, element, unfolding } from "./dom.js";
import { inline } from "./format.js";

/** The keys of an item, which its title already shows. */
const KEYS = ["pk", "sk", "version"];

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
  const summary = [element("strong", {}, name), " ", element("span", { class: "quiet" }, view.table), " ", badge];
  const pairs = Object.entries(view.attributes).filter(([name]) => !KEYS.includes(name));
  const content = pairs.length === 0 ? element("p", { class: "quiet" }, "only its version") : attributes(pairs);
  const key = `${view.table}/${view.name}`;
  return element("li", { class: "card" }, unfolding(key, { open: pairs.length > 0 }, summary, content));
}

function attributes(pairs) {
  return definitions(pairs.map(([name, value]) => [name, shown(value)]));
}

/** A list, which may be stored as JSON text, has one line for each element. */
function shown(value) {
  let parsed = value;
  if (typeof value === "string" && /^\[/.test(value)) {
    try {
      parsed = JSON.parse(value);
    } catch {
      // The text only looks like JSON.
    }
  }
  if (Array.isArray(parsed)) {
    return parsed.map((line) => element("div", {}, inline(line)));
  }
  return inline(parsed);
}
