// Formats values for display.

const UUID = 36;

/** Formats a duration given in microseconds, with a suitable unit. */
export function duration(us) {
  const units = [[60e6, "min"], [1e6, "s"], [1e3, "ms"], [1, "µs"]];
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

/** Formats a number with a noun: "1 record", "2 records". */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Formats an amount of the API: with its currency if it has one. */
export function money({ number, is_minor, currency }) {
  const value = Number(number);
  try {
    const options = currency === null ? {} : { style: "currency", currency };
    const format = new Intl.NumberFormat(undefined, options);
    const digits = currency === null ? 2 : format.resolvedOptions().maximumFractionDigits;
    return format.format(is_minor ? value / 10 ** digits : value);
  } catch (error) {
    if (error instanceof RangeError) {
      return `${number} ${currency}`;
    }
    throw error;
  }
}

/** Category of a stream: the part of its id before the UUID. */
export function category(stream) {
  return stream.slice(0, -UUID - 1);
}

/** Shortened stream id without its category, for lists. */
export function shortId(stream) {
  return `${stream.slice(-UUID).slice(0, 8)}…${stream.slice(-6)}`;
}

/** Name of a stream in its headline, or its category and shortened id. */
export function nameOf(stream) {
  return stream.headline.name ?? `${category(stream.id)} ${shortId(stream.id)}`;
}

/** Formats a value as indented JSON. */
export function pretty(value) {
  return JSON.stringify(value, null, 2);
}

/** Formats a value in one line. */
export function inline(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
