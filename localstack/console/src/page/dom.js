// Building the page. Whatever is shown came from somebody: it only ever becomes text, never markup.

/** An element with attributes and children; a text among the children stays text. */
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

/** Gives an element custom properties of CSS, which a policy that forbids style attributes allows. */
export function placed(made, properties) {
  for (const [name, value] of Object.entries(properties)) {
    made.style.setProperty(`--${name}`, value);
  }
  return made;
}

/** A part that unfolds; `key` tells it apart when the page is drawn anew. */
export function unfolding(key, attributes, summary, ...content) {
  const fold = element("summary", { "data-key": `${key}/summary` }, ...summary);
  return element("details", { ...attributes, "data-key": key }, fold, ...content);
}

const drawn = new WeakMap();

/**
 * Draws what `model` says into a container, if it says something new. What was unfolded stays so, and the focus stays
 * where it was.
 */
export function draw(container, model, children) {
  const said = JSON.stringify(model);
  if (drawn.get(container) === said) {
    return;
  }
  drawn.set(container, said);
  const open = new Set([...container.querySelectorAll("details[open]")].map((details) => details.dataset.key));
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children(model));
  for (const keyed of container.querySelectorAll("[data-key]")) {
    if (open.has(keyed.dataset.key)) {
      keyed.open = true;
    }
    if (keyed.dataset.key === focused) {
      keyed.focus({ preventScroll: true });
    }
  }
}
