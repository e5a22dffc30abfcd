// A browser with several tabs in one process.
import { vi } from "vitest";
import * as client from "../src/live/carillon-live";
import type { OpenSocket } from "../src/live/connection";
import type { Options } from "../src/store/state";
import { createNotifications, type NotificationStore } from "../src/store/store";
import type { Channel, Tab, TabEvent } from "../src/tab";
import { FakeApi, tokenFor } from "./fake";

type Opened = { visible?: boolean; user?: string } & Partial<Omit<Options, "tab">>;

export class Browser {
  readonly api = new FakeApi();
  readonly storage = new Map<string, string>();
  readonly channels = new Map<string, Set<(message: never) => void>>();
  readonly queues = new Map<string, { signal: AbortSignal; won: () => void }[]>();
  /** True if the browser has locks. Insecure pages have none. */
  locks = true;
  /** Opens a WebSocket. Null if the browser has none. */
  socket: OpenSocket | null = null;
  /** How often a tab loaded the client of hints. */
  loads = 0;

  /** Open a tab, start its store and wait for its first answers. */
  async open({ visible = true, user = "alice", ...options }: Opened = {}) {
    const tab = new FakeTab(this, visible);
    tab.user = user;
    const store = createNotifications({
      apiUrl: "https://api.example.com",
      getToken: () => tab.user && tokenFor(tab.user),
      tab,
      ...options,
    });
    const stop = store.subscribe(() => {});
    await settle();
    return { tab, store, stop };
  }
}

export class FakeTab implements Tab {
  /** The signed-in user. */
  user: string | null = "alice";
  private readonly browser: Browser;
  private shown: boolean;
  private readonly watchers = new Set<(event: TabEvent) => void>();

  constructor(browser: Browser, shown = true) {
    this.browser = browser;
    this.shown = shown;
  }

  async turn(shown: boolean) {
    this.shown = shown;
    await this.tell("visibilitychange");
  }

  async tell(event: TabEvent) {
    for (const watcher of this.watchers) watcher(event);
    await settle();
  }

  fetch: typeof fetch = (...request) => this.browser.api.fetch(...request);
  visible = () => this.shown;

  watch(changed: (event: TabEvent) => void) {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  lock(name: string, signal: AbortSignal, won: () => void) {
    if (!this.browser.locks) return won();
    const { queues } = this.browser;
    if (!queues.has(name)) queues.set(name, []);
    const queue = queues.get(name)!;
    const place = { signal, won };
    queue.push(place);
    if (queue.length === 1) won();
    signal.addEventListener("abort", () => {
      const first = queue[0] === place;
      queue.splice(queue.indexOf(place), 1);
      if (first) queue[0]?.won();
    });
  }

  async locked(name: string) {
    return !!this.browser.queues.get(name)?.length;
  }

  channel(name: string, receive: (message: never) => void): Channel {
    const { channels } = this.browser;
    if (!channels.has(name)) channels.set(name, new Set());
    const all = channels.get(name)!;
    all.add(receive);
    return {
      send(message) {
        const copy = structuredClone(message) as never;
        for (const other of all) if (other !== receive) queueMicrotask(() => all.has(other) && other(copy));
      },
      close: () => all.delete(receive),
    };
  }

  get socket() {
    return this.browser.socket;
  }

  async live() {
    this.browser.loads++;
    return client;
  }

  recall = (key: string) => this.browser.storage.get(key) ?? null;
  remember(key: string, value: string | null) {
    if (value === null) this.browser.storage.delete(key);
    else this.browser.storage.set(key, value);
  }
}

/** Run everything that is pending and needs no timer. */
export async function settle() {
  await vi.advanceTimersByTimeAsync(0);
}

export const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

export const titles = (store: NotificationStore) => store.getState().notifications.map(({ title }) => title);
