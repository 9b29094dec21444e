// Builds the page's elements. Displayed data comes from clients, so it is only inserted as text and never as markup.

/** The element of the page with an id. */
export const at = (id) => document.getElementById(id);

/** Creates an element with attributes and children. Strings among the children become text nodes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(attribute, value === true ? "" : String(value));
    }
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Sets CSS custom properties on an element. The page's policy forbids style attributes but allows this. */
export function placed(made, properties) {
  for (const [name, value] of Object.entries(properties)) {
    made.style.setProperty(`--${name}`, value);
  }
  return made;
}

/** Creates a collapsible part. `key` identifies it when the page is redrawn. */
export function unfolding(key, attributes, summary, ...content) {
  const fold = element("summary", { "data-key": `${key}/summary` }, ...summary);
  return element("details", { ...attributes, "data-key": key }, fold, ...content);
}

/** Creates a text that scrolls if it is long. It can have the focus, because the keyboard scrolls only the focus. */
export function scrolling(key, text) {
  return element("pre", { tabindex: "0", "data-key": key }, text);
}

/** Creates a list of names and values. A value that is an array has one line for each element. */
export function definitions(pairs) {
  const pair = ([name, value]) => [element("dt", {}, name), element("dd", {}, ...[value].flat())];
  return element("dl", {}, ...pairs.flatMap(pair));
}

/** Shows a number beside a link, unless it is 0. */
export function drawCount(container, count, words) {
  container.hidden = count === 0;
  container.textContent = count === 0 ? "" : String(count);
  container.title = words;
}

const drawn = new WeakMap();

/** Redraws a container if `model` has changed. Parts stay open or closed, and the focus stays on its element. */
export function draw(container, model, children) {
  const text = JSON.stringify(model);
  if (drawn.get(container) === text) {
    return;
  }
  drawn.set(container, text);
  const details = [...container.querySelectorAll("details[data-key]")];
  const wasOpen = new Map(details.map((part) => [part.dataset.key, part.open]));
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children(model));
  for (const keyed of container.querySelectorAll("[data-key]")) {
    if (wasOpen.has(keyed.dataset.key)) {
      keyed.open = wasOpen.get(keyed.dataset.key);
    }
    if (keyed.dataset.key === focused) {
      keyed.focus({ preventScroll: true });
    }
  }
}
