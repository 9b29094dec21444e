// Formats values for display.

const UUID = 36;

/** Formats a duration given in microseconds, with a suitable unit. */
export function duration(us) {
  const units = [[1e6, "s"], [1e3, "ms"], [1, "µs"]];
  const [size, unit] = units.find(([size]) => us >= size) ?? [1, "µs"];
  return `${(us / size).toFixed(1)} ${unit}`;
}

/** Formats the time of day of an RFC 3339 timestamp, to the millisecond. */
export function timeOfDay(at) {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) {
    return at;
  }
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false };
  return time.toLocaleTimeString(undefined, options);
}

/** Category of a stream: the part of its id before the UUID. */
export function category(stream) {
  return stream.slice(0, -UUID - 1);
}

/** Shortened stream id without its category, for lists. */
export function shortId(stream) {
  return `${stream.slice(-UUID).slice(0, 8)}…${stream.slice(-6)}`;
}

/** Formats a value as indented JSON. */
export function pretty(value) {
  return JSON.stringify(value, null, 2);
}

/** Formats a value in one line. */
export function inline(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
