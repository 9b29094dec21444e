// Dead letters: the messages in the queues with their reasons, and the button that redrives one.

import { send } from "./api.js";
import { streamAddress } from "./address.js";
import { at, definitions, draw, element, scrolling, unfolding } from "./dom.js";
import { counted, timeOfDay } from "./format.js";

/** The number of all messages. */
export function letterCount(queues) {
  return queues.reduce((sum, queue) => sum + queue.count, 0);
}

/** Draws the messages of each queue. `changed` is called after a redrive. */
export function drawLetters(queues, changed) {
  const sorted = [...queues].sort((left, right) => right.count - left.count);
  draw(at("letters"), sorted, () => sorted.map((queue) => section(queue, changed)));
}

function section({ name, count, messages }, changed) {
  const title = element("h3", { id: `queue-${name}` }, `${name} · ${counted(count, "message")}`);
  const cards = messages.map((message) => card(name, message, changed));
  const list = cards.length === 0 ? element("p", { class: "quiet" }, "empty") : element("ul", {}, ...cards);
  return element("section", { "aria-labelledby": `queue-${name}` }, title, list);
}

function card(queue, message, changed) {
  const { id, reason, stream } = message;
  const facts = [
    ["function", message.function],
    ["stream", stream && element("a", { href: streamAddress(stream), "data-key": `${id}/stream` }, stream)],
    ["records", message.records === null ? null : `${counted(message.records, "record")} of ${message.shard}`],
    ["sent", timeOfDay(message.sent_at)],
    ["received", counted(message.receives, "time")],
  ];
  return element(
    "li",
    { class: "card letter" },
    element("strong", { id: `reason-${id}` }, reason),
    action(queue, message, changed),
    definitions(facts.filter(([, value]) => value)),
    unfolding(`letter-${id}`, {}, ["Message"], scrolling(`letter-${id}/data`, indented(message.body))),
  );
}

function action(queue, { id, can_redrive: canRedrive, is_hidden: isHidden }, changed) {
  if (isHidden || !canRedrive) {
    const words = isHidden ? "hidden: a consumer works on it" : "cannot be redriven here";
    return element("span", { class: "quiet" }, words);
  }
  const attributes = { type: "button", "data-key": `redrive-${id}`, "aria-describedby": `reason-${id}` };
  const button = element("button", attributes, "Redrive");
  button.addEventListener("click", () => redrive(queue, id, button, changed));
  return button;
}

async function redrive(queue, id, button, changed) {
  const result = at("redriven");
  button.disabled = true;
  result.textContent = "Redriving…";
  try {
    const { outcome, left } = await send("POST", `/api/dead-letters/${encodeURIComponent(queue)}/${id}/redrive`);
    result.textContent = `${outcome} ${queue} has ${counted(left, "message")} now.`;
  } catch (error) {
    result.textContent = `Not redriven: ${error.message}`;
  }
  button.disabled = false;
  changed();
}

function indented(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
