import { type RefObject, useLayoutEffect, useRef } from "react";

const GAP = 8; // pixels between the panel and the bell, and to the edges of the window
const LEAST = 200; // pixels: a lower panel would show nothing useful

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
 * returns to the bell. Escape, a press outside and focus outside close the panel. The page behind it stays usable.
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
      if (event.key === "Escape") shut.current();
      else pressed.current(event);
    });
    return () => {
      ended.abort();
      if (focused.current) bell.current?.focus({ preventScroll: true });
      shown.hidePopover?.();
    };
  }, [root, bell, panel]);

  useLayoutEffect(() => {
    if (focused.current?.isConnected === false) panel.current!.focus({ preventScroll: true });
  });
}
