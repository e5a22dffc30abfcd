import { type RefObject, useLayoutEffect, useRef } from "react";

const GAP = 8; // pixels to the bell and to the edges
const LEAST = 200; // pixels: a lower one shows nothing

/** Puts the panel next to the bell, where there is more room, and within the window. */
function place(bell: HTMLElement, panel: HTMLElement) {
  // A page may enlarge itself by CSS, which a style's own lengths do not know of. Without a doctype it scrolls its body.
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
  // Where neither side has room for it, it covers the bell: what is out of the window nobody sees.
  const side = down ? below : above;
  const room = Math.max(Math.min(LEAST, height - 2 * GAP), side - 2 * GAP);
  const edge = `${height - Math.max(side, room + 2 * GAP) + GAP}px`;
  style.setProperty("--room", `${room}px`);
  style.left = `${Math.max(GAP, Math.min(wanted, width - panel.offsetWidth - GAP))}px`;
  style.top = down ? edge : "auto";
  style.bottom = down ? "auto" : edge;
}

/**
 * The disclosure, for a panel that is there while it is open. Focus goes into it, stays in it when what had it disappears,
 * and returns to the bell. It closes by Escape, by a press elsewhere, and when focus goes elsewhere; the page behind stays
 * usable. `root` holds the bell and the panel.
 */
export function usePopover(
  root: RefObject<HTMLElement | null>,
  bell: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
  close: () => void,
) {
  const focused = useRef<Element | null>(null);
  const shut = useRef(close);
  shut.current = close;

  useLayoutEffect(() => {
    const shown = panel.current!;
    const frame = root.current!;
    const ended = new AbortController();
    const listen = (target: EventTarget, type: string, heard: (event: never) => void, options = {}) =>
      target.addEventListener(type, heard as EventListener, {
        signal: ended.signal,
        ...options,
      });

    // In the top layer no ancestor clips it or paints over it. Where there is none it is a fixed element like others.
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
      focused.current = null; // it went elsewhere on purpose
      shut.current();
    });
    listen(frame, "keydown", (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // not for a dialog around the bell
      shut.current();
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
