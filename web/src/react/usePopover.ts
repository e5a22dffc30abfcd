import { type RefObject, useLayoutEffect, useRef } from "react";

const GAP = 8; // pixels between the panel and the bell, and to the edges of the window
const LEAST = 200; // pixels: a lower panel would show nothing useful
const OPENED = "[data-key=m][aria-expanded=true]"; // the button of a row whose menu is open

/** Place the panel above or below the bell, where there is more room, and inside the window. */
function place(bell: HTMLElement, panel: HTMLElement) {
  // A page may set CSS zoom, which lengths in a style do not include. A page without a doctype scrolls its body.
  const zoom = panel.currentCSSZoom ?? 1;
  const page = document.scrollingElement ?? document.documentElement;
  const [width, height] = [page.clientWidth / zoom, page.clientHeight / zoom];
  const at = bell.getBoundingClientRect();
  const [left, right, top, bottom] = [at.left / zoom, at.right / zoom, at.top / zoom, at.bottom / zoom];
  const above = Math.min(height, top);
  const below = height - Math.max(0, bottom);
  const down = below >= Math.min(360, above);
  const { style } = panel;
  style.maxInlineSize = `${width - 2 * GAP}px`;
  const wanted = getComputedStyle(bell).direction === "rtl" ? left : right - panel.offsetWidth;
  // If neither side has enough room, the panel covers the bell, so that it stays inside the window.
  const side = down ? below : above;
  const room = Math.max(Math.min(LEAST, height - 2 * GAP), side - 2 * GAP);
  const edge = `${height - Math.max(side, room + 2 * GAP) + GAP}px`;
  style.setProperty("--room", `${room}px`);
  style.left = `${Math.max(GAP, Math.min(wanted, width - panel.offsetWidth - GAP))}px`;
  style.top = down ? edge : "auto";
  style.bottom = down ? "auto" : edge;
}

/**
 * Open a panel and manage its focus. Focus moves into the panel, stays in it if the focused element disappears, and
 * returns to the bell. If a row disappears, its focus goes to the row that took its place. Escape, a press outside and
 * focus outside close the panel. In a row whose menu is open, Escape closes the menu. The page behind it stays usable.
 * `press` handles the other keys. `root` contains the bell and the panel.
 */
export function usePopover(
  root: RefObject<HTMLElement | null>,
  bell: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
  close: () => void,
  press: (event: KeyboardEvent) => void,
) {
  const focused = useRef<Element | null>(null);
  const shut = useRef(close);
  shut.current = close;
  const pressed = useRef(press);
  pressed.current = press;

  useLayoutEffect(() => {
    const shown = panel.current!;
    const frame = root.current!;
    const ended = new AbortController();
    const listen = (target: EventTarget, type: string, listener: (event: never) => void, options = {}) =>
      target.addEventListener(type, listener as EventListener, {
        signal: ended.signal,
        ...options,
      });

    // In the top layer, no ancestor clips the panel or covers it. In older browsers it is an ordinary fixed element.
    shown.popover = "manual";
    shown.showPopover?.();
    const move = () => place(bell.current!, shown);
    move();
    shown.focus({ preventScroll: true });
    focused.current = shown;

    listen(window, "resize", move);
    listen(document, "scroll", move, { capture: true, passive: true });
    listen(document, "pointerdown", (event: Event) => {
      if (!event.composedPath().includes(frame)) shut.current();
    });
    listen(frame, "focusin", ({ target }: FocusEvent) => {
      focused.current = shown.contains(target as Node) ? (target as Element) : null;
    });
    listen(frame, "focusout", ({ relatedTarget }: FocusEvent) => {
      if (!relatedTarget || frame.contains(relatedTarget as Node)) return;
      focused.current = null; // the person moved the focus outside
      shut.current();
    });
    listen(frame, "keydown", (event: KeyboardEvent) => {
      if (event.isComposing) return; // the key is the input method's: Escape ends its suggestion
      const menu =
        event.key === "Escape" && (event.target as Element).closest("li")?.querySelector<HTMLElement>(OPENED);
      if (menu) menu.click();
      else if (event.key === "Escape") shut.current();
      else pressed.current(event);
    });
    const list = () => [...shown.querySelectorAll("li")];
    let rows = list();
    const changes = new MutationObserver(() => {
      const before = rows;
      rows = list();
      const gone = focused.current;
      if (gone?.isConnected !== false) return;
      const at = before.findIndex((row) => row.contains(gone));
      const near = at < 0 ? [] : [...before.slice(at), ...before.slice(0, at).reverse()];
      const row = near.find((row) => row.isConnected);
      (row?.querySelector<HTMLElement>("[data-head]") ?? shown).focus({ preventScroll: true });
    });
    changes.observe(shown, { childList: true, subtree: true });
    return () => {
      changes.disconnect();
      ended.abort();
      if (focused.current) bell.current?.focus({ preventScroll: true });
      shown.hidePopover?.();
    };
  }, [root, bell, panel]);
}
