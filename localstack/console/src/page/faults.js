// The faults that chaos injects, with a slider for the rate of each.

import { send } from "./api.js";
import { at, element } from "./dom.js";

const DELAY = "delay";
const percent = (rate) => `${Math.round(rate * 1000) / 10} %`;
const seconds = (value) => `${value} s`;

/** The number of faults that strike. */
export function faultCount({ faults }) {
  return faults.filter((fault) => fault.rate > 0).length;
}

/** Draws the sliders once, and then only their values, because a slider must not be replaced while it moves. */
export function drawFaults(model) {
  const form = at("faults");
  if (form.childElementCount === 0) {
    build(form, model);
  }
  for (const { name, rate, injected } of model.faults) {
    set(name, rate, percent);
    at(`injected-${name}`).textContent = `${injected} injected`;
  }
  set(DELAY, model.delay_seconds, seconds);
  const only = [...model.functions, ...model.tables];
  at("faults-about").textContent =
    "AWS may cause each fault at any time. A change takes effect at once." +
    (only.length === 0 ? "" : ` Faults of writes strike only ${only.join(", ")}.`);
}

function build(form, model) {
  const rows = model.faults.map(({ name, meaning }) => {
    const injected = element("span", { id: `injected-${name}`, class: "quiet" });
    const limits = { min: 0, max: 1, step: 0.01 };
    return row(name, meaning, limits, percent, (rate) => ({ rates: { [name]: rate } }), injected);
  });
  const limits = { min: 0, max: 60, step: 0.5 };
  const meaning = "how long an answer of late-answer takes";
  const delay = row(DELAY, meaning, limits, seconds, (value) => ({ delay_seconds: value }), null);
  const stop = element("button", { type: "button" }, "Stop all faults");
  stop.addEventListener("click", () =>
    change({ rates: Object.fromEntries(model.faults.map(({ name }) => [name, 0])) }),
  );
  form.replaceChildren(...rows, delay, stop);
}

function row(name, meaning, limits, format, body, more) {
  const id = `fault-${name}`;
  const slider = element("input", { id, type: "range", ...limits, "aria-describedby": `${id}-meaning` });
  const value = element("output", { id: `${id}-value`, for: id });
  slider.addEventListener("input", () => show(slider, value, format));
  slider.addEventListener("change", () => change(body(slider.valueAsNumber)));
  const words = element("p", { id: `${id}-meaning`, class: "quiet" }, meaning);
  return element("div", { class: "fault card" }, element("label", { for: id }, name), slider, value, words, more);
}

function show(slider, value, format) {
  value.textContent = format(slider.valueAsNumber);
  slider.setAttribute("aria-valuetext", format(slider.valueAsNumber));
}

function set(name, number, format) {
  const slider = at(`fault-${name}`);
  if (!slider.matches(":active")) {
    slider.valueAsNumber = number;
    show(slider, at(`fault-${name}-value`), format);
  }
}

async function change(body) {
  try {
    const changed = await send("PUT", "/api/faults", body);
    at("faults-error").textContent = "";
    drawFaults(changed);
  } catch (error) {
    at("faults-error").textContent = error.message;
  }
}
