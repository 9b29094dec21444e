// Decides what the page shows, and reloads it when the stack announces changes.

import { drawEvents } from "./events.js";
import { category } from "./format.js";
import { drawCategories, drawStreams } from "./list.js";
import { drawViews } from "./views.js";
import { drawWaterfall } from "./waterfall.js";

/** Category that is listed by default, if it has streams. */
const USUAL = "order";
const NO_TELEMETRY = "Telemetry is off.";
const NO_TRACE = "No span of this trace has arrived, or newer traces have replaced its spans.";

const at = (id) => document.getElementById(id);

/**
 * The user's choices: a category (null for all, undefined for the default), a stream ("" follows the newest one),
 * and the version of a commit (null for the newest).
 */
const choice = { category: undefined, id: "", version: null };

/** Reads stream and commit from the address: `#/<stream>@<version>`. Other fragments are anchors in the page. */
function readAddress() {
  if (location.hash === "" || location.hash.startsWith("#/")) {
    const [id, version] = location.hash.slice(2).split("@");
    choice.id = decodeURIComponent(id);
    choice.version = Number(version) || null;
  }
}

/** Fetches JSON from the stack. Returns null for a 404. */
async function get(path) {
  const answer = await fetch(path);
  if (answer.status === 404) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return answer.json();
}

async function refresh() {
  const { streams, has_telemetry } = await get("/api/streams");
  const usual = streams.some((stream) => category(stream.id) === USUAL) ? USUAL : null;
  const chosen = choice.category === undefined ? usual : choice.category;
  const listed = streams.filter((stream) => chosen === null || category(stream.id) === chosen);
  const selected = choice.id || listed[0]?.id;
  drawCategories(at("categories"), streams, chosen, (name) => {
    choice.category = name;
    soon();
  });
  drawStreams(at("streams"), listed, selected);
  const stream = selected ? await get(`/api/streams/${encodeURIComponent(selected)}`) : null;
  at("hint").hidden = stream !== null || streams.length > 0;
  at("stream").hidden = stream === null;
  if (stream !== null) {
    await drawStream(stream, choice.version, has_telemetry);
  }
}

async function drawStream(stream, version, hasTelemetry) {
  const [newest] = stream.commits;
  const traced = stream.commits.find((commit) => commit.version === version) ?? newest;
  at("title").textContent = stream.id;
  drawEvents(at("events"), stream, traced.version);
  drawViews(at("views"), stream.views, newest.last_version);
  at("trace-title").textContent = `Trace of version ${traced.version}`;
  const waterfall = traced.trace_id === null ? null : await get(`/api/traces/${traced.trace_id}`);
  drawWaterfall(at("trace"), waterfall, hasTelemetry ? NO_TRACE : NO_TELEMETRY);
}

let isRefreshing = false;
let isDue = false;

/** Refreshes now, or again after the running refresh. */
async function soon() {
  isDue = true;
  if (isRefreshing) {
    return;
  }
  isRefreshing = true;
  try {
    while (isDue) {
      isDue = false;
      await refresh();
    }
  } catch (error) {
    console.error(error);
    connection("waiting", "not answering");
  } finally {
    isRefreshing = false;
  }
}

function connection(state, words) {
  at("connection").dataset.state = state;
  at("connection").textContent = words;
}

const changes = new EventSource("/api/changes");
changes.addEventListener("changed", () => {
  connection("live", "live");
  soon();
});
changes.addEventListener("error", () => connection("waiting", "reconnecting"));
addEventListener("hashchange", () => {
  readAddress();
  soon();
});
readAddress();
