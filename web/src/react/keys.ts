// The keyboard: what each key does in the panel, and that keys stay in the bell.
import { type RefObject, useEffect, useRef } from "react";
import type { NotificationStore } from "../store/store";

/** What a person types or presses. `input` is not among them: React hears it outside the bell. */
const TYPED = [
  "change",
  "keydown",
  "keypress",
  "keyup",
  "beforeinput",
  "textInput",
  "compositionstart",
  "compositionupdate",
  "compositionend",
  "copy",
  "cut",
  "paste",
];

/**
 * Keep what is typed or pressed in the bell from listeners of the page around it. Of the closed bell, these are the
 * keys that press it. The browser's own keys go on working, because nothing is prevented.
 */
export function useContained(root: RefObject<HTMLElement | null>, open: boolean) {
  const opened = useRef(open);
  opened.current = open;
  useEffect(() => {
    const frame = root.current!;
    const held = new Set<string>(); // the key that closed the panel comes up outside it
    const contain = (event: Event) => {
      const { type, key } = event as KeyboardEvent;
      const presses = key === "Enter" || key === " ";
      if (type === "change" && (event.target as Element).localName === "select") return; // as with `input`
      if (opened.current || presses || (type === "keyup" && held.has(key))) event.stopPropagation();
      if (type === "keydown" && opened.current) held.add(key);
      if (type === "keyup") held.delete(key);
    };
    for (const type of TYPED) frame.addEventListener(type, contain);
    return () => {
      for (const type of TYPED) frame.removeEventListener(type, contain);
    };
  }, [root]);
}

const FIELDS = "input:not([type=checkbox]), select, textarea";
const PAGE = 5; // rows, if their size is unknown

/** Do what a key stands for in the panel. */
export function press(event: KeyboardEvent, panel: HTMLElement, store: NotificationStore, help: () => void) {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest(FIELDS)) return;
  if (event.shiftKey && event.key !== "?") return;
  const key = event.key.length > 1 ? event.key : event.key.toLowerCase(); // with Caps Lock it is a capital
  if (key === "?") help();
  else if (key === "z" && panel.querySelector("[role=tablist]"))
    void store.undo(); // elsewhere no button says what
  else if (!turn(key, target) && !walk(key, target, panel)) return;
  event.preventDefault();
}

/** Choose the next tab or the one before. */
function turn(key: string, target: HTMLElement): boolean {
  const tab = target.closest("[role=tab]");
  if (!tab || !/^Arrow(Left|Right)$/.test(key)) return false;
  const tabs = [...tab.parentElement!.children] as HTMLElement[];
  const forward = (key === "ArrowRight") === (getComputedStyle(tab.parentElement!).direction !== "rtl");
  const next = tabs[(tabs.indexOf(tab as HTMLElement) + (forward ? 1 : -1) + tabs.length) % tabs.length]!;
  next.click();
  next.focus();
  return true;
}

/** Go from row to row, or change the row with the focus. */
function walk(key: string, target: HTMLElement, panel: HTMLElement): boolean {
  const rows = [...panel.querySelectorAll<HTMLElement>("li")];
  const at = rows.findIndex((row) => row.contains(target));
  const row = rows[at];
  const head = (index: number) => rows[index]?.querySelector<HTMLElement>("[data-head]");

  const height = panel.querySelector(".carillon-body")?.clientHeight ?? 0; // there is none while a part loads
  const page = Math.floor(height / (rows[0]?.offsetHeight ?? 0)) || PAGE;
  const step = new Map([
    ["ArrowDown", 1],
    ["ArrowUp", -1],
    ["j", 1],
    ["k", -1],
    ["PageDown", page],
    ["PageUp", -page],
    ["Home", -Infinity],
    ["End", Infinity],
  ]).get(key);
  if (step && rows.length) {
    const to = row || step === Infinity ? at + step : 0;
    const index = Math.max(0, Math.min(to, rows.length - 1));
    // From a button of a row, go to the same button of the other row.
    const column = target.closest<HTMLElement>("li [data-key]")?.dataset.key;
    (rows[index]!.querySelector<HTMLElement>(`[data-key=${column}]`) ?? head(index))?.focus();
    return true;
  }
  const buttons = [...(row?.querySelectorAll<HTMLElement>("[data-key]") ?? [])];
  const button = buttons.find(({ dataset }) => dataset.key === key);
  button?.click();
  if (button && key === "e") (head(at + 1) ?? head(at - 1))?.focus(); // this row leaves
  return !!button;
}
