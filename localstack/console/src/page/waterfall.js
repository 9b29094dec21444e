// Draws a trace as a waterfall, including the traces that are linked to it.

import { definitions, draw, element, placed, unfolding } from "./dom.js";
import { duration, inline } from "./format.js";

/** Draws a waterfall, or the text `words` if there is none. */
export function drawWaterfall(container, waterfall, words) {
  draw(container, { waterfall, words }, () =>
    waterfall === null ? [element("p", { class: "card quiet" }, words)] : [card(waterfall)],
  );
}

function card(waterfall) {
  const whole = Math.max(waterfall.duration_us, 1);
  const rows = waterfall.rows.map((row) => element("li", {}, span(row, waterfall.trace_id, whole)));
  const list = element("ol", {}, ...rows);
  return element("div", { class: "card", tabindex: "0", "data-key": "waterfall" }, axis(waterfall, whole), list);
}

function axis(waterfall, whole) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => element("span", {}, duration(part * whole)));
  const spans = element("span", {}, `${waterfall.rows.length} spans · ${waterfall.trace_id}`);
  return element("div", { class: "axis" }, spans, element("span", { class: "ticks" }, ...ticks), element("span"));
}

function span(row, origin, whole) {
  const attributes = {
    class: "span",
    "data-kind": row.kind,
    "data-trace": row.trace_id === origin ? "origin" : "hop",
    "data-hop": row.is_hop,
    "data-failed": row.error !== null,
  };
  const service = row.is_hop ? element("span", { class: "service" }, row.service) : null;
  const name = element("span", { class: "name" }, `${row.is_hop ? "⇢ " : ""}${row.name}`, service);
  const bar = placed(element("span", { class: "bar" }), {
    from: `${(100 * row.offset_us) / whole}%`,
    size: `${(100 * row.duration_us) / whole}%`,
  });
  const taken = element("span", { class: "duration" }, duration(row.duration_us));
  const summary = [name, element("span", { class: "track" }, bar), taken];
  const made = unfolding(`${row.trace_id}/${row.span_id}`, attributes, summary, said(row));
  return placed(made, { depth: String(row.depth) });
}

/** Draws all attributes of a span. */
function said(row) {
  const links = row.links.map((link) => `${link.trace_id}-${link.span_id}`);
  const pairs = [
    ["begins", `+${duration(row.offset_us)}`],
    ["service", row.service],
    ["span", row.span_id],
    ...(row.error === null ? [] : [["error", row.error || "yes"]]),
    ...(links.length === 0 ? [] : [["links", links.join(" ")]]),
    ...Object.entries(row.attributes),
  ];
  return definitions(pairs.map(([name, value]) => [name, inline(value)]));
}
