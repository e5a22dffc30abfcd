// Desktop alerts: only after the person enabled them, and only for notifications that arrive while no page is visible.
import type { Notification as Item } from "../client";
import type { Tab } from "../tab";

export type AlertsStatus =
  | "on"
  | "off"
  /** The person or a policy forbids alerts for this site. */
  | "denied"
  /** Browsers show alerts only for https pages. */
  | "insecure"
  /** This browser shows no alerts, or needs a service worker and the page has none. */
  | "unsupported";

export interface AlertOptions {
  /** The address of carillon-sw.js, for browsers that show alerts only through a service worker (Android). */
  serviceWorkerUrl?: string | undefined;
  /** Return the title of an alert. */
  title(item: Item): string;
  /** Return the title of the alert that stands for `count` others. */
  more(count: number): string;
  /** Return the address that a click opens if no page is open. */
  href(item: Item): string;
  /** Handle a click while a page is open. */
  follow(id: string): void;
}

const KEY = "carillon-alerts ";
const MOST = 3; // alerts at once; one more alert counts the others

export class Alerts {
  /** The user whose choice is stored. `*` until the user is known: whether any user of this browser enabled alerts. */
  user = "*";
  private unsupported = false;
  private readonly shown = new Set<Notification>();
  private readonly tab: Tab;
  private readonly options: AlertOptions;

  constructor(tab: Tab, options: AlertOptions) {
    this.tab = tab;
    this.options = options;
  }

  get status(): AlertsStatus {
    if (!globalThis.isSecureContext) return "insecure";
    if (typeof Notification === "undefined" || this.unsupported) return "unsupported";
    if (Notification.permission === "denied") return "denied";
    return Notification.permission === "granted" && this.tab.recall(this.key) ? "on" : "off";
  }

  /** Ask the person for permission. Call it only from a click, because browsers reject other calls. */
  async enable() {
    if ((await Notification.requestPermission()) !== "granted") return;
    await this.worker().catch(() => null); // register it now, so that it is ready for the first alert
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

  /** Show one alert without a body, because anyone can read a lock screen. */
  private async showOne(tag: string, title: string, item: Item) {
    const options = {
      tag: `carillon-${tag}`,
      data: { carillon: item.id, url: this.options.href(item) },
    };
    try {
      const alert = new Notification(title, options);
      this.shown.add(alert);
      alert.onclose = () => this.shown.delete(alert);
      alert.onclick = () => {
        alert.close();
        globalThis.focus();
        this.options.follow(item.id);
      };
    } catch {
      const worker = await this.worker().catch(() => null);
      if (worker) await worker.showNotification(title, options).catch(() => {});
      else {
        this.unsupported = true;
        this.disable(); // the choice is not kept, because after a reload nothing would show alerts
      }
    }
  }

  /** Take back the alerts that are still shown: they name what another person must not see. */
  clear() {
    for (const alert of this.shown) alert.close();
    this.shown.clear();
    if (this.status !== "on" || !this.options.serviceWorkerUrl) return;
    void this.worker()
      .then((worker) => worker?.getNotifications())
      .then((all) => {
        for (const alert of all ?? []) if (alert.data?.carillon) alert.close();
      })
      .catch(() => {});
  }

  /** Listen for clicks that the service worker reports, also on older alerts. Return the function that stops. */
  listen(): () => void {
    const workers = this.options.serviceWorkerUrl ? navigator.serviceWorker : undefined;
    const receive = ({ data, ports }: MessageEvent) => {
      if (!data?.carillon) return;
      ports[0]?.postMessage("followed"); // so that the service worker asks no other page
      this.options.follow(data.carillon);
    };
    workers?.addEventListener("message", receive);
    workers?.startMessages();
    return () => workers?.removeEventListener("message", receive);
  }

  private async worker(): Promise<ServiceWorkerRegistration | null> {
    const { serviceWorkerUrl } = this.options;
    return serviceWorkerUrl ? navigator.serviceWorker.register(serviceWorkerUrl) : null;
  }

  private get key(): string {
    return KEY + this.user;
  }
}
