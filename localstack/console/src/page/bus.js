// The events on the event buses, newest first, with their deliveries to the targets of rules.

import { at, definitions, draw, element, scrolling, unfolding } from "./dom.js";
import { drawFilter, filterQuery, matchingWords, startFilter } from "./filter.js";
import { counted, timeOfDay } from "./format.js";
import { arrows, stopAt } from "./keyboard.js";

const ROWS = "summary";
/** The colours of the states of events and deliveries. */
const COLOURS = { delivered: "good", waiting: "late", failed: "bad" };

/** Calls `changed` when the user changes the filter. */
export function startBus(changed) {
  startFilter(at("event-filter"), changed);
  arrows(at("published"), ROWS);
}

/** The filter as the query of an address. */
export function busQuery() {
  return filterQuery(at("event-filter"));
}

/** Draws the events that the filter selects, and the counts of the buses. */
export function drawBus({ events, matching, filters, buses }) {
  const isEmpty = matching === 0 && busQuery() === "";
  at("no-event").hidden = !isEmpty;
  at("event-filter").hidden = isEmpty;
  at("event-matching").hidden = isEmpty;
  drawFilter(at("event-filter"), { bus: filters.buses, type: filters.types, state: filters.states });
  at("event-matching").textContent = matchingWords(events.length, matching, "event");
  draw(at("buses"), buses, () => buses.map(bus));
  const list = at("published");
  draw(list, events, () => events.map(card));
  if (!list.contains(document.activeElement)) {
    stopAt(list, ROWS, list.querySelector(ROWS));
  }
}

function bus({ name, events, refused }) {
  const words = refused > 0 ? element("span", { class: "badge", "data-state": "bad" }, `${refused} refused`) : null;
  return element("li", {}, element("strong", {}, name), ` ${counted(events, "event")} `, words);
}

function badge(state) {
  return element("span", { class: "badge", "data-state": COLOURS[state] }, state);
}

function card(event) {
  const { id, bus, source, detail_type: type, subject, at: time, state, document: text, deliveries } = event;
  const about = [bus, source, subject].filter((part) => part !== null).join(" · ");
  const moment = element("time", { datetime: time, title: time }, timeOfDay(time));
  const summary = [
    element("strong", {}, type),
    " ",
    badge(state),
    element("small", {}, element("span", {}, about), " · ", moment),
  ];
  const none = element("p", { class: "quiet" }, "No rule of the bus selected the event.");
  const list = element("ul", { "aria-label": "Deliveries" }, ...deliveries.map(delivery));
  return element(
    "li",
    { class: "card published" },
    unfolding(
      `event/${id}`,
      {},
      summary,
      definitions([["id", id]]),
      deliveries.length === 0 ? none : list,
      scrolling(`event/${id}/data`, indented(text)),
    ),
  );
}

function delivery({ rule, kind, target, state, attempts, error }) {
  const tried = attempts > 1 ? ` ${counted(attempts, "attempt")}` : "";
  return element(
    "li",
    {},
    `${rule} → ${kind} ${target} `,
    badge(state),
    tried,
    error === null ? null : element("span", { class: "quiet" }, ` ${error}`),
  );
}

/** The event with indents, or its beginning if it was shortened. */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return `${text}…`;
  }
}
