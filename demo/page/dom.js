// Create and update elements. A string becomes text: no function here takes HTML.

/** Returns an element with properties and children. `class`, `data-*`, `aria-*` and `role` become attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-")) element[name] = value;
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Shows `items` in `list`. It keeps the element of an item that did not change, so focus and selection stay. */
export function show(list, items, key, render) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const first = !list.dataset.shown;
  const elements = items.map((item) => {
    const name = String(key(item));
    const content = JSON.stringify(item);
    let element = old.get(name);
    const isNew = !element;
    if (isNew || element.content !== content) {
      const focused = element?.contains(document.activeElement);
      const rendered = render(item);
      rendered.content = content;
      rendered.dataset.key = name;
      if (isNew && !first) rendered.classList.add("arrives");
      if (focused) queueMicrotask(() => rendered.querySelector("button, a")?.focus());
      if (element) element.replaceWith(rendered);
      element = rendered;
    }
    old.delete(name);
    return element;
  });
  for (const element of old.values()) element.remove();
  elements.forEach((element, at) => {
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
  list.dataset.shown = "yes";
}

/** Returns tabs and their panels (ARIA tabs pattern): one tab stop, arrow keys move. `panels` are [name, element]. */
export function tabs(label, id, panels) {
  const list = make("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const choose = (chosen) => {
    panels.forEach(([, panel], at) => {
      buttons[at].setAttribute("aria-selected", String(at === chosen));
      buttons[at].tabIndex = at === chosen ? 0 : -1;
      panel.hidden = at !== chosen;
    });
  };
  const buttons = panels.map(([name, panel], at) => {
    panel.id = `${id}-panel-${at}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `${id}-tab-${at}`);
    return make("button", { type: "button", role: "tab", id: `${id}-tab-${at}`, "aria-controls": panel.id, onclick: () => choose(at) }, name);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    choose(next);
    buttons[next].focus();
  });
  list.append(...buttons);
  choose(0);
  return [list, ...panels.map(([, panel]) => panel)];
}

/** Returns the element with this id. */
export const at = (id) => document.getElementById(id);
