// Arrow keys in lists. A list has one tab stop, and the arrow keys, Home and End move the focus in it.

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** Lets the arrow keys move the focus among the elements of `container` that match `selector`. */
export function arrows(container, selector) {
  container.addEventListener("keydown", (event) => {
    const rows = [...container.querySelectorAll(selector)];
    const place = rows.indexOf(event.target);
    const ends = { Home: 0, End: rows.length - 1 };
    const next = event.key in ends ? ends[event.key] : place + STEPS[event.key];
    if (place >= 0 && rows[next]) {
      event.preventDefault();
      rows[next].focus();
    }
  });
  container.addEventListener("focusin", (event) => {
    if (event.target.matches(selector)) {
      stopAt(container, selector, event.target);
    }
  });
}

/** Makes `row` the tab stop of its list. */
export function stopAt(container, selector, row) {
  for (const other of container.querySelectorAll(selector)) {
    other.tabIndex = other === row ? 0 : -1;
  }
}
