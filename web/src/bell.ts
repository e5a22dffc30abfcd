// <carillon-bell>: the notification centre for pages without React, in one file.
import { render } from "preact";
import { createElement } from "react";
import type { GetToken, Notification } from "./client";
import { whole } from "./links";
import { NotificationCentre, type NotificationCentreProps } from "./react/NotificationCentre";
import type { NotificationStore } from "./store/store";
import css from "./style/index.css?inline";
import type { Texts } from "./texts/speech";

const ATTRIBUTES = ["api-url", "token-url", "locale", "theme", "dir", "link-origins", "service-worker-url"] as const;

export class CarillonBell extends HTMLElement {
  static readonly observedAttributes = ATTRIBUTES;

  #getToken: GetToken | undefined;
  #texts: Partial<Texts> | undefined;
  readonly #store: { current: NotificationStore | null } = { current: null };

  /** Ask the API for new notifications now. For a page that knows of a new notification. */
  async refresh(): Promise<void> {
    await this.#store.current?.refresh();
  }

  /**
   * Forget the person at once, in all tabs. Call it when the person signs out without a load of the page, or dispatch
   * the event `carillon-sign-out`. If the same person signs in again, call `refresh`.
   */
  signOut(): void {
    this.#store.current?.signOut();
  }

  /** The function that returns the user's token, in place of `token-url`. */
  get getToken(): GetToken | undefined {
    return this.#getToken;
  }
  set getToken(getToken: GetToken | undefined) {
    this.#getToken = getToken;
    this.#render();
    // The user may differ. The bell renders first, so that the store has the new function.
    const store = this.#store.current;
    if (store) setTimeout(() => store.update());
  }

  /** Texts that replace those of the chosen language. */
  get texts(): Partial<Texts> | undefined {
    return this.#texts;
  }
  set texts(texts: Partial<Texts> | undefined) {
    this.#texts = texts;
    this.#render();
  }

  connectedCallback() {
    // A property that the page set before this file loaded hides the accessor of the class: set it again.
    for (const name of ["getToken", "texts"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const { [name]: value } = this;
      delete this[name];
      this[name] = value as never;
    }
    if (!this.shadowRoot) {
      const sheet = new CSSStyleSheet(); // made by a script, so the page needs no policy for inline styles
      sheet.replaceSync(css);
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }
    this.#render();
  }

  disconnectedCallback() {
    render(null, this.shadowRoot!);
  }

  attributeChangedCallback() {
    this.#render();
  }

  #render() {
    if (!this.isConnected || !this.shadowRoot) return;
    const of = (name: (typeof ATTRIBUTES)[number]) => this.getAttribute(name) ?? undefined;
    const props: {
      [Name in keyof NotificationCentreProps]: NotificationCentreProps[Name] | undefined;
    } = {
      apiUrl: of("api-url"),
      tokenUrl: of("token-url"),
      getToken: this.#getToken,
      texts: this.#texts,
      storeRef: this.#store,
      locale: of("locale"),
      theme: of("theme") as NotificationCentreProps["theme"],
      dir: of("dir") as NotificationCentreProps["dir"],
      linkOrigins: of("link-origins")?.split(/[\s,]+/),
      serviceWorkerUrl: of("service-worker-url"),
      onNavigate: this.#navigate,
    };
    render(createElement(NotificationCentre, props as NotificationCentreProps) as never, this.shadowRoot);
  }

  /** Follow a link, unless a listener such as a router prevents the default of the event `carillon-navigate`. */
  #navigate = (href: string, notification: Notification) => {
    const event = new CustomEvent("carillon-navigate", {
      detail: { href, notification },
      bubbles: true,
      composed: true,
      cancelable: true,
    });
    if (this.dispatchEvent(event)) location.assign(whole(href));
  };
}

if (!customElements.get("carillon-bell")) customElements.define("carillon-bell", CarillonBell);
