// The list of streams that changed last.

import { draw, element } from "./dom.js";
import { category, shortId, timeOfDay } from "./format.js";

/** Draws a button for each category. A click calls `choose` with the category, or with null for all. */
export function drawCategories(container, streams, chosen, choose) {
  const names = [...new Set(streams.map((stream) => category(stream.id)))].sort();
  draw(container, { names, chosen }, () => {
    const button = (label, value) => {
      const isChosen = String(chosen === value);
      const made = element("button", { type: "button", "aria-pressed": isChosen, "data-key": label }, label);
      made.addEventListener("click", () => choose(value));
      return made;
    };
    return names.length > 1 ? [button("all", null), ...names.map((name) => button(name, name))] : [];
  });
}

/** Draws the streams, each as a link to its own address. */
export function drawStreams(container, streams, selected) {
  draw(container, { streams, selected }, () => streams.map((stream) => row(stream, selected)));
}

function row(stream, selected) {
  const attributes = {
    href: `#/${encodeURIComponent(stream.id)}`,
    title: stream.id,
    "data-key": stream.id,
    "aria-current": stream.id === selected && "true",
  };
  const link = element(
    "a",
    attributes,
    element("span", {}, `${category(stream.id)} ${shortId(stream.id)}`),
    element("span", { class: "badge", title: "version" }, `v${stream.version}`),
    element("small", {}, `${stream.type} · ${timeOfDay(stream.at)} · ${stream.by}`),
  );
  return element("li", {}, link);
}
