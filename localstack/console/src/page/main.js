// Decides what the page shows, and reloads it when the stack announces changes.

import { PAGES, readAddress } from "./address.js";
import { get } from "./api.js";
import { busQuery, drawBus, startBus } from "./bus.js";
import { at, drawCount } from "./dom.js";
import { drawFaults, faultCount } from "./faults.js";
import { drawFilter, filterQuery } from "./filter.js";
import { counted } from "./format.js";
import { drawLetters, letterCount } from "./letters.js";
import { drawStreams, startList } from "./list.js";
import { drawMap, startMap } from "./map.js";
import { drawStream } from "./stream.js";

/** The stack announces no invocations, messages and faults, so the page also looks for changes at this interval. */
const INTERVAL = 2000;

/** What the address names. An empty id follows the newest stream of the list. */
let shown = readAddress() ?? { page: "", id: "", version: null };

async function refresh() {
  drawPage();
  const [letters, faults] = await Promise.all([get("/api/dead-letters"), get("/api/faults")]);
  drawCount(at("letter-count"), letterCount(letters), counted(letterCount(letters), "message"));
  drawCount(at("fault-count"), faultCount(faults), `${counted(faultCount(faults), "fault")} on`);
  const pages = {
    "": refreshStreams,
    map: async () => drawMap(await get("/api/map")),
    events: async () => drawBus(await get(`/api/events?${busQuery()}`)),
    "dead-letters": () => drawLetters(letters, soon),
    faults: () => drawFaults(faults),
  };
  await pages[shown.page]();
}

/** Shows the elements of one page. */
function drawPage() {
  for (const [page, id] of Object.entries(PAGES)) {
    at(id).hidden = page !== shown.page;
  }
  for (const link of at("pages").querySelectorAll("a")) {
    if (link.hash === `#/${shown.page}`) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

async function refreshStreams() {
  const query = filterQuery(at("filter"));
  const { streams, matching, filters, has_telemetry, first_command } = await get(`/api/streams?${query}`);
  const selected = shown.id || streams[0]?.id;
  const isEmpty = matching === 0 && query === "" && shown.id === "";
  at("first-command").textContent = first_command;
  at("proposal").hidden = first_command === "";
  at("hint").hidden = !isEmpty;
  at("filter").hidden = isEmpty;
  at("matching").hidden = isEmpty;
  drawFilter(at("filter"), { category: filters.categories, user: filters.users, type: filters.types });
  drawStreams(streams, matching, selected);
  const stream = selected ? await get(`/api/streams/${encodeURIComponent(selected)}`) : null;
  at("stream").hidden = stream === null;
  if (stream !== null) {
    await drawStream(stream, shown.version, has_telemetry);
  }
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
  if (at("connection").textContent !== words) {
    at("connection").dataset.state = state;
    at("connection").textContent = words;
  }
}

/** Follows the address. A new page or stream starts at its top, with the focus on its title for screen readers. */
async function follow() {
  const next = readAddress();
  if (next === null) {
    return;
  }
  const hasMoved = next.page !== shown.page;
  shown = next;
  await soon();
  if (hasMoved) {
    at("main").scrollTop = 0;
    at("main").focus();
  }
}

/** Escape in a stream leads back to its row in the list. */
function startEscape() {
  at("stream").addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      at("streams").querySelector("a[aria-current]")?.focus();
    }
  });
}

startList(soon);
startBus(soon);
startMap();
startEscape();
const changes = new EventSource("/api/changes");
changes.addEventListener("changed", () => {
  connection("live", "live");
  soon();
});
changes.addEventListener("error", () => connection("waiting", "reconnecting"));
addEventListener("hashchange", follow);
addEventListener("resize", () => shown.page === "map" && soon());
setInterval(() => document.hidden || soon(), INTERVAL);
soon();
