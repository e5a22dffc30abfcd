// Making and keeping elements. Text is always text: nothing here takes HTML.

/** An element with properties and children. `class`, `data-*`, `aria-*` and `role` are attributes. */
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

/** Shows `items` in `list`, and leaves an element alone whose item did not change: focus and selection stay. */
export function show(list, items, key, render) {
  const held = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const first = !list.dataset.shown;
  const wanted = items.map((item) => {
    const name = String(key(item));
    const told = JSON.stringify(item);
    let element = held.get(name);
    const isNew = !element;
    if (isNew || element.told !== told) {
      const focused = element?.contains(document.activeElement);
      const made = render(item);
      made.told = told;
      made.dataset.key = name;
      if (isNew && !first) made.classList.add("arrives");
      if (focused) queueMicrotask(() => made.querySelector("button, a")?.focus());
      if (element) element.replaceWith(made);
      element = made;
    }
    held.delete(name);
    return element;
  });
  for (const gone of held.values()) gone.remove();
  wanted.forEach((element, at) => {
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
  list.dataset.shown = "yes";
}

/** Tabs over panels, by the pattern: one tab stop, arrows move. `panels` are [name, element] pairs. */
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

/** The element with this id. */
export const at = (id) => document.getElementById(id);
