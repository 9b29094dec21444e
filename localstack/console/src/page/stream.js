// One stream: its headline, its events beside its views, and the trace of a commit.

import { get } from "./api.js";
import { at, draw, element } from "./dom.js";
import { drawEvents } from "./events.js";
import { money, nameOf } from "./format.js";
import { drawViews } from "./views.js";
import { drawWaterfall } from "./waterfall.js";

const NO_TELEMETRY = "Telemetry is off.";
const NO_TRACE = "No span of this trace has arrived, or newer traces have replaced its spans.";

/** Draws a stream with the trace of the commit `version`, or of the newest one if `version` is null. */
export async function drawStream(stream, version, hasTelemetry) {
  const [newest] = stream.commits;
  const traced = stream.commits.find((commit) => commit.version === version) ?? newest;
  at("title").textContent = nameOf(stream);
  drawAbout(stream, newest.last_version);
  drawEvents(at("events"), stream, traced.version);
  drawViews(at("views"), stream.views, newest.last_version);
  at("trace-title").textContent = `Trace of version ${traced.version}`;
  const waterfall = traced.trace_id === null ? null : await get(`/api/traces/${traced.trace_id}`);
  drawWaterfall(at("trace"), waterfall, hasTelemetry ? NO_TRACE : NO_TELEMETRY);
}

function drawAbout(stream, version) {
  const { state, amount } = stream.headline;
  draw(at("about"), { id: stream.id, headline: stream.headline, version }, () => [
    element("code", { id: "stream-id" }, stream.id),
    element("span", { class: "badge" }, `v${version}`),
    state === null ? "" : element("span", { id: "state", class: "badge" }, state),
    amount === null ? "" : element("span", { id: "amount", class: "amount" }, money(amount)),
  ]);
}
