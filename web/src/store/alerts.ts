// Desktop alerts: only for whoever asked for them by a click, and only for what comes while no page is shown.
import type { Notification as Item } from "../client";
import type { Tab } from "../tab";

export type AlertsStatus =
  | "on"
  | "off"
  /** The person, or a policy, forbids them for this site. */
  | "denied"
  /** Browsers show alerts of https pages only. */
  | "insecure"
  /** This browser shows none, or needs a service worker that is not given. */
  | "unsupported";

export interface AlertOptions {
  /** The address of carillon-sw.js, for browsers that show alerts by a service worker only (Android). */
  serviceWorkerUrl?: string | undefined;
  /** The line of an alert. */
  title(item: Item): string;
  /** The line of the one that stands for so many others. */
  more(count: number): string;
  /** Where a click on it leads when all pages are closed. */
  href(item: Item): string;
  /** What a click on it does where a page is open. */
  follow(id: string): void;
}

const KEY = "carillon-alerts ";
const MOST = 3; // alerts at once; one more tells how many others there are

export class Alerts {
  /** Whose choice is remembered; `*` before it is known: whether anybody chose them. */
  user = "*";
  private refused = false;
  private readonly tab: Tab;
  private readonly options: AlertOptions;

  constructor(tab: Tab, options: AlertOptions) {
    this.tab = tab;
    this.options = options;
  }

  get status(): AlertsStatus {
    if (!globalThis.isSecureContext) return "insecure";
    if (typeof Notification === "undefined" || this.refused) return "unsupported";
    if (Notification.permission === "denied") return "denied";
    return Notification.permission === "granted" && this.tab.recall(this.key) ? "on" : "off";
  }

  /** Asks the person for permission. Only from their click: browsers refuse it otherwise. */
  async enable() {
    if ((await Notification.requestPermission()) !== "granted") return;
    await this.worker().catch(() => null); // now, so that it is there when it is needed
    for (const key of [this.key, `${KEY}*`]) this.tab.remember(key, "on");
  }

  disable() {
    this.tab.remember(this.key, null);
  }

  async show(items: Item[]) {
    for (const item of items.slice(0, MOST)) await this.showOne(item.id, this.options.title(item), item);
    const more = items.length - MOST;
    if (more > 0) await this.showOne("more", this.options.more(more), items[MOST]!);
  }

  /** Without a text below the title: a lock screen shows it to everybody. */
  private async showOne(tag: string, title: string, item: Item) {
    const options = {
      tag: `carillon-${tag}`,
      data: { carillon: item.id, url: this.options.href(item) },
    };
    try {
      const alert = new Notification(title, options);
      alert.onclick = () => {
        alert.close();
        globalThis.focus();
        this.options.follow(item.id);
      };
    } catch {
      const worker = await this.worker().catch(() => null);
      if (worker) await worker.showNotification(title, options).catch(() => {});
      else {
        this.refused = true;
        this.disable(); // nothing promises them after a reload
      }
    }
  }

  /** Listens to the clicks that a service worker heard, on alerts of earlier pages too. Returns what ends that. */
  listen(): () => void {
    const workers = this.options.serviceWorkerUrl ? navigator.serviceWorker : undefined;
    const heard = ({ data, ports }: MessageEvent) => {
      if (!data?.carillon) return;
      ports[0]?.postMessage("followed"); // so that it asks no other page
      this.options.follow(data.carillon);
    };
    workers?.addEventListener("message", heard);
    workers?.startMessages();
    return () => workers?.removeEventListener("message", heard);
  }

  private async worker(): Promise<ServiceWorkerRegistration | null> {
    const { serviceWorkerUrl } = this.options;
    return serviceWorkerUrl ? navigator.serviceWorker.register(serviceWorkerUrl) : null;
  }

  private get key(): string {
    return KEY + this.user;
  }
}
