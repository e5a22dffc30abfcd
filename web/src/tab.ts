// The functions of a browser tab that the store uses. Tests run several tabs in one process.
import type { OpenSocket } from "./live/connection";

export interface Channel {
  send(message: unknown): void;
  close(): void;
}

/** `carillon-sign-out` is an event that the page dispatches, on any node or on the window. */
export type TabEvent = "visibilitychange" | "online" | "carillon-sign-out";

const EVENTS: readonly TabEvent[] = ["visibilitychange", "online", "carillon-sign-out"];

export interface Tab {
  fetch: typeof fetch;
  visible(): boolean;
  /** Call `changed` when the tab is shown, hidden, back online or signed out. Return the function that stops it. */
  watch(changed: (event: TabEvent) => void): () => void;
  /** Wait for a lock of this origin and call `won` when this tab holds it. The signal releases the lock. */
  lock(name: string, signal: AbortSignal, won: () => void): void;
  /** Return whether a tab holds the lock. */
  locked(name: string): Promise<boolean>;
  /** Connect to the other tabs of this origin, or return null if the browser cannot. */
  channel(name: string, receive: (message: never) => void): Channel | null;
  /** Read a value that this origin stored. */
  recall(key: string): string | null;
  remember(key: string, value: string | null): void;
  /** Open a WebSocket. Null if the browser has none. */
  socket: OpenSocket | null;
  /** Load the client of hints. It is a file of its own, so that a page without hints does not load it. */
  live(): Promise<typeof import("./live/carillon-live")>;
}

export const browserTab: Tab = {
  fetch: (...request) => fetch(...request),
  visible: () => document.visibilityState !== "hidden",

  watch(changed) {
    const hear = ({ type }: Event) => changed(type as TabEvent);
    // On its way down, an event passes the window even if it does not bubble.
    for (const type of EVENTS) addEventListener(type, hear, true);
    return () => {
      for (const type of EVENTS) removeEventListener(type, hear, true);
    };
  },

  lock(name, signal, won) {
    // An insecure page has no locks: each tab polls for itself, unless it receives another tab's answer.
    if (!navigator.locks) return won();
    const hold = () =>
      new Promise<void>((release) => {
        signal.addEventListener("abort", () => release());
        won();
      });
    navigator.locks.request(name, { signal }, hold).catch(() => {
      if (!signal.aborted) won(); // a page may be forbidden to use locks
    });
  },

  async locked(name) {
    return !!(await navigator.locks?.query())?.held?.some((lock) => lock.name === name);
  },

  channel(name, receive) {
    let channel: BroadcastChannel;
    try {
      channel = new BroadcastChannel(name);
    } catch {
      return null; // unsupported, or forbidden together with storage
    }
    channel.onmessage = ({ data }) => receive(data as never);
    return {
      send: (message) => channel.postMessage(message),
      close: () => channel.close(),
    };
  },

  recall(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be forbidden
    }
  },

  remember(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {}
  },

  socket: typeof WebSocket === "undefined" ? null : (url, protocols) => new WebSocket(url, protocols),
  live: () => import("./live/carillon-live"),
};
