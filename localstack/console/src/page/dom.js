// Builds the page's elements. Displayed data comes from clients, so it is only inserted as text and never as markup.

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

const drawn = new WeakMap();

/** Redraws a container if `model` has changed. Open parts stay open, and the focus stays on its element. */
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
