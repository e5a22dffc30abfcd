// What the store needs of the browser tab it runs in. Tests put several of them into one process.

export interface Channel {
  send(message: unknown): void;
  close(): void;
}

export interface Tab {
  fetch: typeof fetch;
  visible(): boolean;
  /** Calls back when the tab is shown, hidden, or back online; returns what ends that. */
  watch(changed: (event: "shown" | "online") => void): () => void;
  /** Waits for a lock that one tab of this origin holds; `won` is called with it in hand. It ends with the signal. */
  lock(name: string, signal: AbortSignal, won: () => void): void;
  /** Whether any tab holds the lock. */
  locked(name: string): Promise<boolean>;
  /** The other tabs of this origin. */
  channel(name: string, heard: (message: never) => void): Channel | null;
  /** What this origin remembers. */
  recall(key: string): string | null;
  remember(key: string, value: string | null): void;
}

export const browserTab: Tab = {
  fetch: (...request) => fetch(...request),
  visible: () => document.visibilityState !== "hidden",

  watch(changed) {
    const shown = () => changed("shown");
    const online = () => changed("online");
    document.addEventListener("visibilitychange", shown);
    addEventListener("online", online);
    return () => {
      document.removeEventListener("visibilitychange", shown);
      removeEventListener("online", online);
    };
  },

  lock(name, signal, won) {
    // On an insecure page there are no locks: each tab is on its own, and hears of the others' polls.
    if (!navigator.locks) return won();
    const held = () =>
      new Promise<void>((release) => {
        signal.addEventListener("abort", () => release());
        won();
      });
    navigator.locks.request(name, { signal }, held).catch(() => {
      if (!signal.aborted) won(); // a page may be forbidden to use them
    });
  },

  async locked(name) {
    return !!(await navigator.locks?.query())?.held?.some((lock) => lock.name === name);
  },

  channel(name, heard) {
    let channel: BroadcastChannel;
    try {
      channel = new BroadcastChannel(name);
    } catch {
      return null; // unknown, or forbidden with storage
    }
    channel.onmessage = ({ data }) => heard(data as never);
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
};
