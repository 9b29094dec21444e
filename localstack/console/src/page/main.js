// What is shown, and when it is asked for again.

import { drawEvents } from "./events.js";
import { category } from "./format.js";
import { drawCategories, drawStreams } from "./list.js";
import { drawViews } from "./views.js";
import { drawWaterfall } from "./waterfall.js";

/** What is listed when nothing was chosen, where there is such a stream. */
const USUAL = "order";
const NO_TELEMETRY = "Telemetry is off.";
const NO_TRACE = "No span of it has come, or they made room for later ones.";

const at = (id) => document.getElementById(id);

/**
 * What was chosen: a category, null for all, undefined for the usual one; a stream, "" to follow the newest; the
 * version of a commit, null for the newest.
 */
const choice = { category: undefined, id: "", version: null };

/** Reads stream and commit from the address: `#/<stream>@<version>`. Another fragment is a place in the page. */
function readAddress() {
  if (location.hash === "" || location.hash.startsWith("#/")) {
    const [id, version] = location.hash.slice(2).split("@");
    choice.id = decodeURIComponent(id);
    choice.version = Number(version) || null;
  }
}

/** What the stack answers; null where there is no such thing. */
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

/** Refreshes now, or once more after the refresh that is under way. */
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
