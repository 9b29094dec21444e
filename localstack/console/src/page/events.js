// Draws a stream's commits with their events, as stored in the event table.

import { streamAddress } from "./address.js";
import { draw, element, scrolling, unfolding } from "./dom.js";
import { pretty, timeOfDay } from "./format.js";

/** Draws the commits, newest first with its last event open, and marks the one whose trace is shown. */
export function drawEvents(container, stream, traced) {
  draw(container, { id: stream.id, commits: stream.commits, traced }, () =>
    stream.commits.map((commit) => card(stream.id, commit, traced, stream.commits[0].last_version)),
  );
}

function card(id, commit, traced, newest) {
  const isTraced = commit.version === traced;
  const events = Array.isArray(commit.events) ? commit.events : [];
  const href = streamAddress(id, commit.version);
  const words = isTraced ? "trace below" : `trace of v${commit.version}`;
  const trace = element("a", { href, "data-key": `trace-${commit.version}` }, words);
  const details = events.map((event, place) => {
    const version = commit.version + place;
    return unfolding(
      `event-${version}`,
      { open: version === newest },
      [element("span", { class: "badge" }, `v${version}`), " ", element("strong", {}, String(event.type))],
      scrolling(`event-${version}/data`, pretty(event.data)),
    );
  });
  const about = element(
    "p",
    { class: "quiet" },
    element("time", { datetime: commit.at, title: commit.at }, timeOfDay(commit.at)),
    element("span", { title: `correlation ${commit.correlation_id}` }, `by ${commit.by}`),
    commit.trace_id === null ? null : trace,
  );
  return element("li", { class: "card", "aria-current": isTraced && "true" }, ...details, about);
}
