// The address of what the page shows, in the fragment of the URL: `#/`, `#/map`, `#/events`, `#/dead-letters`,
// `#/faults`, and `#/streams/<id>@<version>` for a stream with the trace of one of its commits.

const STREAM = "streams/";

/** The names of the pages in addresses; the first one is the default. */
export const PAGES = {
  "": "streams-page",
  map: "map-page",
  events: "events-page",
  "dead-letters": "letters-page",
  faults: "faults-page",
};

/** The address of a stream, and of one of its commits if `version` is given. */
export function streamAddress(id, version) {
  return `#/${STREAM}${encodeURIComponent(id)}${version === undefined ? "" : `@${version}`}`;
}

/** What the address names; null for a fragment that is an anchor in the page. */
export function readAddress() {
  if (location.hash !== "" && !location.hash.startsWith("#/")) {
    return null;
  }
  const path = location.hash.slice(2);
  if (path.startsWith(STREAM)) {
    const [id, version] = path.slice(STREAM.length).split("@");
    return { page: "", id: decodeURIComponent(id), version: Number(version) || null };
  }
  return { page: path in PAGES ? path : "", id: "", version: null };
}
