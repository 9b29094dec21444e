// The map of the template: parts in columns along the flow of data, with lines between them, and the backlog of each
// consumer in each shard.

import { at, definitions, draw, element, unfolding } from "./dom.js";
import { drawEdges, edgesOf, startEdges } from "./edges.js";
import { counted, duration } from "./format.js";

/** Draws the map. */
export function drawMap(map) {
  drawn = map;
  const { functions, tables, streams, queues, buses, rules } = map;
  const side = (name) => functions.filter((part) => part.side === name).map((part) => functionPart(part, map));
  // The data flows from left to right.
  const columns = [
    [["Writers", side("writer")]],
    [
      ["Tables with a stream", tables.filter((table) => table.stream !== null).map(tablePart)],
      ["Streams", streams.map(streamPart)],
    ],
    [
      ["Consumers", side("consumer")],
      ["Operators", side("operator")],
    ],
    [
      ["Tables", tables.filter((table) => table.stream === null).map(tablePart)],
      ["Event buses", buses.map(busPart)],
      ["Rules", rules.map(rulePart)],
      ["Queues", queues.map(queuePart)],
    ],
    [
      ["Readers", side("reader")],
      ["Reactions", side("reaction")],
    ],
  ];
  draw(at("map"), map, () => columns.map((groups) => element("div", { class: "column" }, ...groups.map(group))));
  drawLag(at("lag"), map);
  drawEdges(at("map"), edgesOf(map));
}

/** Starts the marks of connections. Opening a part moves others, so the lines follow. */
export function startMap() {
  startEdges(at("map"));
  at("map").addEventListener("toggle", () => drawn && drawEdges(at("map"), edgesOf(drawn)), true);
}

/** The map that is drawn; null before the first one. */
let drawn = null;

function group([title, parts]) {
  if (parts.length === 0) {
    return null;
  }
  const id = `map-${title.toLowerCase().replaceAll(" ", "-")}`;
  const heading = element("h3", { id }, title);
  return element("section", { "aria-labelledby": id }, heading, element("ul", {}, ...parts));
}

/** A part of the map: its name, its numbers, and more numbers when it is open. */
function part(kind, name, title, numbers, details) {
  const words = numbers.map(([text, state]) => element("span", { class: "number", "data-state": state }, text));
  const summary = [element("strong", {}, title), ...words];
  const content = definitions(details.filter(([, value]) => value.length > 0));
  const key = `${kind}/${name}`;
  return element("li", {}, unfolding(key, { class: "part", "data-part": key }, summary, content));
}

function functionPart(shown, map) {
  const { name, binary, invocations, errors, throttles, last_duration_ms: last } = shown;
  const backlog = map.mappings.filter((mapping) => mapping.function === name).flatMap((mapping) => mapping.shards);
  const numbers = [
    [counted(invocations, "call")],
    ...(errors > 0 ? [[counted(errors, "error"), "bad"]] : []),
    ...(throttles > 0 ? [[`${throttles} throttled`, "late"]] : []),
    ...(shown.side === "consumer" ? [lag(backlog)] : []),
  ];
  const details = [
    ["function", name],
    ["routes", lines(shown.routes)],
    ["reads", lines(shown.reads)],
    ["writes", lines(shown.writes)],
    ["sends to", lines(shown.sends)],
    ["publishes to", lines(shown.publishes)],
    ["last call took", last === null ? "" : duration(last * 1000)],
  ];
  return part("function", name, binary, numbers, details);
}

function tablePart({ name, items, stream, unpublished }) {
  const waiting = unpublished > 0 ? [[`${unpublished} unpublished`, "late"]] : [];
  const details = [["changes go to", stream ?? ""]];
  return part("table", name, name, [[counted(items ?? 0, "item")], ...waiting], details);
}

function streamPart({ name, shards }) {
  if (shards.length === 0) {
    return ["not counted", ""];
  }
  const records = shards.reduce((sum, shard) => sum + shard.records, 0);
  const open = shards.filter((shard) => shard.is_open);
  const numbers = [[counted(records, "record")], [`${counted(open.length, "open shard")}`]];
  const closed = (shard) => (shard.is_open ? "" : ", closed");
  const shown = shards.map((shard) => [shard.id, `${counted(shard.records, "record")}${closed(shard)}`]);
  return part("stream", name, name, numbers, shown);
}

function busPart({ name, events, refused }) {
  const numbers = [[counted(events, "event")], ...(refused > 0 ? [[`${refused} refused`, "bad"]] : [])];
  return part("bus", name, name, numbers, []);
}

function rulePart({ name, bus, events, targets }) {
  const sum = (count) => targets.reduce((sum, target) => sum + target[count], 0);
  const numbers = [
    [counted(events, "event")],
    [`${sum("delivered")} delivered`, "good"],
    ...(sum("waiting") > 0 ? [[`${sum("waiting")} waiting`, "late"]] : []),
    ...(sum("failed") > 0 ? [[`${sum("failed")} failed`, "bad"]] : []),
  ];
  const words = ({ kind, name, delivered, failed }) => `${kind} ${name}: ${delivered} delivered, ${failed} failed`;
  const details = [
    ["bus", bus],
    ["targets", lines(targets.map(words))],
    ["dead letters go to", lines(targets.map((target) => target.dead_letter_queue).filter((queue) => queue !== null))],
  ];
  return part("rule", `${bus}/${name}`, name, numbers, details);
}

function queuePart({ name, visible, in_flight, delayed }) {
  const details = [["in flight", String(in_flight)], ["delayed", String(delayed)]];
  return part("queue", name, name, [[counted(visible, "message"), visible > 0 && "bad"]], details);
}

/** The sum of a backlog, as a number of a part. */
function lag(shards) {
  const records = shards.reduce((sum, shard) => sum + shard.records, 0);
  const longest = Math.max(0, ...shards.map((shard) => shard.lag_ms));
  return records === 0 ? ["up to date", "good"] : [`${records} behind, ${duration(longest * 1000)}`, "late"];
}

function lines(values) {
  return values.map((value) => element("span", { class: "line" }, value));
}

function drawLag(table, { mappings, functions }) {
  draw(table, mappings, () => {
    const shards = [...new Set(mappings.flatMap((mapping) => mapping.shards.map((shard) => shard.id)))].sort();
    const binary = (name) => functions.find((part) => part.name === name)?.binary ?? name;
    const head = ["Consumer", ...shards.map((id) => id.replace(/^shardId-0*(?=\d)/, "shard ")), "Lag"];
    const row = (mapping) => {
      const count = (id) => mapping.shards.find((shard) => shard.id === id)?.records ?? "";
      const [words, state] = lag(mapping.shards);
      return element(
        "tr",
        {},
        element("th", { scope: "row" }, binary(mapping.function)),
        ...shards.map((id) => element("td", {}, String(count(id)))),
        element("td", { "data-state": state }, words),
      );
    };
    const titles = head.map((title) => element("th", { scope: "col" }, title));
    return [element("thead", {}, element("tr", {}, ...titles)), element("tbody", {}, ...mappings.map(row))];
  });
}
