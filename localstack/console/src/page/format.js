// How values are written.

const UUID = 36;

/** A duration in microseconds, in the unit that suits. */
export function duration(us) {
  const units = [[1e6, "s"], [1e3, "ms"], [1, "µs"]];
  const [size, unit] = units.find(([size]) => us >= size) ?? [1, "µs"];
  return `${(us / size).toFixed(1)} ${unit}`;
}

/** The time of day of an RFC 3339 time, to the millisecond. */
export function timeOfDay(at) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) {
    return at;
  }
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false };
  return time.toLocaleTimeString(undefined, options);
}

/** What kind of stream an id names: all that is before its UUID. */
export function category(stream) {
  return stream.slice(0, -UUID - 1);
}

/** The id without its category, short enough for a list. */
export function shortId(stream) {
  return `${stream.slice(-UUID).slice(0, 8)}…${stream.slice(-6)}`;
}

/** JSON for reading. */
export function pretty(value) {
  return JSON.stringify(value, null, 2);
}

/** A value in one line. */
export function inline(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
