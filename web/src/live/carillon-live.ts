// Listens for hints that the list may have changed. A hint says nothing more: the list that the server answers is the
// truth, so a bell that hears no hint is late, but not wrong. The tab that polls connects, and the others rely on it.
//
// The builds make a file of its own from this folder, so that a page without hints loads nothing of it. So this folder
// imports only types from the others.
import type { Client, LiveAddress } from "../client";
import type { Poller } from "../store/poller";
import type { Tab } from "../tab";
import { Line } from "./line";

const GRACE = 300_000; // milliseconds that a hidden tab stays connected

export class Hints {
  private address: LiveAddress | null = null;
  private line: Line | null = null;
  private heard = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly tab: Tab;
  private readonly poller: Poller;
  private readonly client: Client;
  /** Tells the other tabs of the user whether they may rely on this tab. */
  private readonly tell: (live: boolean) => void;

  constructor(tab: Tab, poller: Poller, client: Client, tell: (live: boolean) => void) {
    this.tab = tab;
    this.poller = poller;
    this.client = client;
    this.tell = tell;
  }

  /** Take the address that came with a list. */
  offer(address: LiveAddress | null) {
    const next = address?.channels.length ? address : null;
    if (JSON.stringify(next) === JSON.stringify(this.address)) return;
    this.close();
    this.address = next;
    this.open();
  }

  /** Start to poll for the other tabs. */
  lead() {
    if (!this.address) return;
    this.poller.listen(this.heard);
    this.announce();
    this.open();
  }

  /** Tell the other tabs whether they may rely on this tab, after they or this tab asked the server. */
  announce() {
    if (this.address && this.poller.leading && this.tab.visible()) this.tell(this.heard && !this.poller.failing);
  }

  /** Take the word of the tab that polls. */
  follow(live: boolean) {
    if (this.poller.leading) return;
    if (live) this.close(); // it is connected in place of this tab
    this.poller.listen(live);
  }

  shownOrHidden() {
    clearTimeout(this.timer);
    if (!this.tab.visible()) {
      this.timer = setTimeout(() => this.close(), GRACE);
    } else if (this.address) {
      this.line?.check();
      this.poller.freshen(0);
    }
  }

  online() {
    this.line?.again();
  }

  /** Stop listening. With `forget`, the address was that of another person. */
  close(forget = false) {
    clearTimeout(this.timer);
    this.line?.close();
    this.line = null;
    this.poller.listen(false);
    if (forget) this.address = null;
  }

  private open() {
    const { address, tab, client, poller } = this;
    if (!address || !tab.socket || this.line || !poller.leading || !tab.visible()) return;
    this.line = new Line({
      open: tab.socket,
      address,
      token: (fresh) => client.token(fresh),
      hint: (spread) => poller.hinted(spread),
      listening: (on, lost) => this.listening(on, lost),
    });
  }

  private listening(on: boolean, lost: boolean) {
    this.heard = on;
    if (this.poller.leading) {
      this.poller.listen(on);
      this.announce();
    }
    if (on) this.poller.freshen(lost ? this.poller.seconds : 0);
  }
}
