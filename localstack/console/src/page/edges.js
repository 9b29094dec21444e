// The lines of the map. They repeat what the parts say in their details, so they are hidden from screen readers.

const SVG = "http://www.w3.org/2000/svg";

/** The connections of the parts, as pairs of their keys in the direction of the data. */
export function edgesOf({ functions, tables, mappings, rules }) {
  const edges = [];
  for (const { name, reads, writes, sends, publishes } of functions) {
    const onlyRead = reads.filter((table) => !writes.includes(table));
    edges.push(...onlyRead.map((table) => [`table/${table}`, `function/${name}`]));
    edges.push(...writes.map((table) => [`function/${name}`, `table/${table}`]));
    edges.push(...sends.map((queue) => [`function/${name}`, `queue/${queue}`]));
    edges.push(...publishes.map((bus) => [`function/${name}`, `bus/${bus}`]));
  }
  for (const { name, stream } of tables.filter((table) => table.stream !== null)) {
    edges.push([`table/${name}`, `stream/${stream}`]);
  }
  for (const { kind, source, function: name, failure_queue: queue } of mappings) {
    edges.push([`${kind}/${source}`, `function/${name}`]);
    if (queue !== null) {
      edges.push([`function/${name}`, `queue/${queue}`]);
    }
  }
  for (const { name, bus, targets } of rules) {
    edges.push([`bus/${bus}`, `rule/${bus}/${name}`]);
    for (const { kind, name: target, dead_letter_queue: queue } of targets) {
      edges.push([`rule/${bus}/${name}`, `${kind}/${target}`]);
      if (queue !== null) {
        edges.push([`rule/${bus}/${name}`, `queue/${queue}`]);
      }
    }
  }
  return edges;
}

/** Draws the lines behind the parts of a map. */
export function drawEdges(map, edges) {
  map.querySelector("svg")?.remove();
  const box = map.getBoundingClientRect();
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const places = new Map();
  for (const part of map.querySelectorAll("[data-part]")) {
    const { left, right, top } = part.getBoundingClientRect();
    places.set(part.dataset.part, { left: left - box.left, right: right - box.left, y: top - box.top + 14 });
  }
  for (const [from, to] of edges) {
    const [start, end] = [places.get(from), places.get(to)];
    if (start && end) {
      drawing.append(path(from, to, start, end));
    }
  }
  map.prepend(drawing);
  mark(map, map.querySelector("[data-part]:is(:focus-within, :hover)"));
}

/** A curve from the right edge of a part to the left edge of a part in a later column, or around the same column. */
function curve(start, end) {
  const [x, y] = [start.right, start.y];
  const isForward = end.left >= start.right;
  const goal = isForward ? end.left : end.right;
  const bend = isForward ? Math.max(24, (goal - x) / 2) : 48;
  return `M${x},${y} C${x + bend},${y} ${goal + (isForward ? -bend : bend)},${end.y} ${goal},${end.y}`;
}

function path(from, to, start, end) {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("d", curve(start, end));
  made.dataset.from = from;
  made.dataset.to = to;
  return made;
}

/** Marks the lines and neighbours of a part, or nothing. */
function mark(map, part) {
  const key = part?.dataset.part;
  const neighbours = new Set();
  for (const edge of map.querySelectorAll("path")) {
    const isMarked = edge.dataset.from === key || edge.dataset.to === key;
    edge.toggleAttribute("data-marked", isMarked);
    if (isMarked) {
      neighbours.add(edge.dataset.from).add(edge.dataset.to);
    }
  }
  for (const other of map.querySelectorAll("[data-part]")) {
    other.toggleAttribute("data-marked", neighbours.has(other.dataset.part));
  }
}

/** Marks the connections of the part that has the focus or the pointer. Escape unmarks them. */
export function startEdges(map) {
  for (const name of ["focusin", "pointerover"]) {
    map.addEventListener(name, (event) => mark(map, event.target.closest("[data-part]")));
  }
  map.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      mark(map, null);
    }
  });
}
